// A room that a lamp in it lights, and the light of its walls.
#version 3.7;
global_settings { assumed_gamma 1.0 radiosity { count 40 error_bound 0.8 pretrace_end 0.04 recursion_limit 1 } }

camera { location <0, 1.5, -3.8> look_at <0, 1.2, 0> angle 60 right x*image_width/image_height }

box { <-2, 0, -4>, <2, 3, 2> hollow pigment { gradient x color_map { [0.2 rgb <0.9, 0.3, 0.2>] [0.8 rgb <0.2, 0.4, 0.9>] } scale 4 translate -2*x } finish { ambient 0 emission 0 } }
sphere { <0, 2.4, 0>, 0.35 pigment { rgb 1 } finish { emission 3 ambient 0 } }
box { -0.5, 0.5 rotate y*90*clock translate <0.4, 0.5, 0.3> pigment { rgb 0.8 } finish { ambient 0 } }
