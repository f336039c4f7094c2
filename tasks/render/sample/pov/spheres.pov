// Glass and metal balls that turn around a golden one under a soft light.
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 8 }

camera {
  location <0, 3.2, -7.5>
  look_at <0, 0.6, 0>
  angle 42
  right x*image_width/image_height
}

light_source { <6, 9, -5> rgb <1, 0.95, 0.88>*0.9 area_light <2, 0, 0>, <0, 0, 2>, 5, 5 adaptive 1 jitter circular orient }
light_source { <-8, 4, -3> rgb <0.25, 0.32, 0.45>*0.7 shadowless }

sky_sphere { pigment { gradient y color_map { [0 rgb <0.85, 0.88, 0.95>] [0.6 rgb <0.35, 0.5, 0.75>] } } }

plane {
  y, 0
  pigment { checker rgb <0.82, 0.8, 0.76> rgb <0.3, 0.29, 0.3> scale 0.8 }
  finish { diffuse 0.8 reflection { 0.03, 0.15 fresnel } conserve_energy }
  interior { ior 1.4 }
}

#declare Gold = finish { ambient 0 diffuse 0.35 specular 0.9 roughness 0.02 metallic reflection { 0.55 metallic } }

sphere { <0, 1, 0>, 1 pigment { rgb <1, 0.72, 0.3> } finish { Gold } }

#declare Number = 7;
#declare I = 0;
#while (I < Number)
  #declare Hue = I/Number*2*pi;
  #declare Colour = <0.5 + 0.5*cos(Hue), 0.5 + 0.5*cos(Hue - 2.1), 0.5 + 0.5*cos(Hue + 2.1)>;
  sphere {
    <2.3, 0.45 + 0.25*sin(2*pi*clock + Hue), 0>, 0.45
    rotate y*(360*I/Number + 360*clock)
    #if (mod(I, 2) = 0)
      pigment { rgbft <Colour.x, Colour.y, Colour.z, 0.75, 0.15> }
      finish { ambient 0 diffuse 0.1 specular 0.8 roughness 0.005 reflection { 0.05, 0.9 fresnel } conserve_energy }
      interior { ior 1.5 }
    #else
      pigment { rgb Colour*0.85 }
      finish { ambient 0 diffuse 0.75 specular 0.4 roughness 0.03 reflection 0.08 }
    #end
  }
  #declare I = I + 1;
#end
