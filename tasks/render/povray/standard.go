package povray

import "slices"

// standardIncludes are the include files that come with POV-Ray 3.7, sorted.
var standardIncludes = []string{
	"arrays.inc", "chars.inc", "colors.inc", "consts.inc", "debug.inc", "finish.inc", "functions.inc", "glass.inc", "glass_old.inc",
	"golds.inc", "ior.inc", "logo.inc", "makegrass.inc", "math.inc", "meshmaker.inc", "metals.inc", "rad_def.inc", "rand.inc",
	"screen.inc", "shapes.inc", "shapes2.inc", "shapes_old.inc", "shapesq.inc", "skies.inc", "spectral.inc", "stage1.inc", "stars.inc",
	"stdcam.inc", "stdinc.inc", "stones.inc", "stones1.inc", "stones2.inc", "strings.inc", "sunpos.inc", "textures.inc",
	"transforms.inc", "woodmaps.inc", "woods.inc",
}

// standard tells whether a name is one of POV-Ray's own includes.
func standard(name string) bool {
	_, ok := slices.BinarySearch(standardIncludes, name)
	return ok
}
