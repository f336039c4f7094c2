// A tiled pillar on bars whose heights are read from a file.
#version 3.7;
global_settings { assumed_gamma 1.0 }
#include "parts/objects.inc"

camera { location <0, 2.5, -6> look_at <0, 0.8, 0> angle 45 right x*image_width/image_height }
light_source { <5, 8, -6> rgb 1 }
background { rgb <0.6, 0.7, 0.85> }
plane { y, 0 pigment { rgb 0.7 } }

#declare Texture = concat("maps/", "tiles", ".png");
Pillar(Texture)

#fopen Heights "parts/heights.txt" read
#declare I = 0;
#while (defined(Heights))
  #read (Heights, H)
  Bar(I, H)
  #declare I = I + 1;
#end
