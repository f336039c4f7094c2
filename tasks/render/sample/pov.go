package sample

import (
	"bytes"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

//go:embed pov/spheres.pov
var povSpheres string

//go:embed pov/textured.pov
var povTextured string

//go:embed pov/glow.pov
var povGlow string

//go:embed pov/objects.inc
var povObjects string

// PovNames lists the scenes that Pov makes: "spheres", glass and metal that
// turn under a soft light; "textured", with an include file, a texture and data
// beside it; "glow", with radiosity, whose frames cannot be cut.
func PovNames() []string { return []string{"spheres", "textured", "glow"} }

// Pov writes a scene in POV-Ray's language into dir, with the .ini that animates
// it and the files it needs, and tells the scene's path. It fails with ErrName.
func Pov(dir string, s Spec) (string, error) {
	files := map[string][]byte{}
	switch s.Name {
	case "spheres":
		files[s.Name+".pov"] = []byte(povSpheres)
	case "textured":
		texture, err := tiles()
		if err != nil {
			return "", err
		}
		files[s.Name+".pov"] = []byte(povTextured)
		files["parts/objects.inc"] = []byte(povObjects)
		files["maps/tiles.png"] = texture
		files["parts/heights.txt"] = heights()
	case "glow":
		files[s.Name+".pov"] = []byte(povGlow)
	default:
		return "", fmt.Errorf("%w: %q", ErrName, s.Name)
	}
	files[s.Name+".ini"] = []byte(povIni(s))
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, s.Name+".pov"), nil
}

// povIni is the scene's settings. The clock goes from 0 to 1, and the frame
// after the last would be the first.
func povIni(s Spec) string {
	depth := max(1, int(math.Round(math.Sqrt(float64(s.Samples)))))
	aa := "Off"
	if depth > 1 {
		aa = "On"
	}
	return fmt.Sprintf("; for %s.pov\nInput_File_Name=%s.pov\nWidth=%d\nHeight=%d\nInitial_Frame=1\nFinal_Frame=%d\nCyclic_Animation=On\nAntialias=%s\nAntialias_Depth=%d\nAntialias_Threshold=0.1\n",
		s.Name, s.Name, max(s.Width, 1), max(s.Height, 1), max(s.Frames, 1), aa, min(depth, 9))
}

// tiles is a texture of 64×64 pixels: blue tiles with lighter joints.
func tiles() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			c := color.RGBA{uint8(30 + x), uint8(70 + y), 160, 255}
			if x%16 == 0 || y%16 == 0 {
				c = color.RGBA{220, 215, 200, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, m)
	return out.Bytes(), err
}

// heights are twelve numbers between 0 and 1, which the scene reads.
func heights() []byte {
	var out bytes.Buffer
	for i := range 12 {
		fmt.Fprintf(&out, "%.4f,\n", 0.5+0.5*math.Sin(float64(i)*1.7))
	}
	return out.Bytes()
}
