package api

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"supercomputing/app/view"
)

// renderRoutes is render jobs. Looking a scene over, trying it and packing it
// run the engine, so they take as long as they take.
func renderRoutes(b view.Backend) []route {
	return []route{
		{"POST", "/v1/render/inspect", true, body(b.InspectRender)},
		{"POST", "/v1/render/quote", true, body(b.QuoteRender)},
		{"POST", "/v1/render", true, body(b.PostRender)},
		{"GET", "/v1/jobs/{id}/frames/{frame}", false, framePicture(b)},
	}
}

// pictureQuery is what the query of a picture's path may say.
type pictureQuery struct {
	Size int `json:"size"`
}

// framePicture answers with a frame: as JSON, or as the PNG itself for a
// request that accepts image/png before anything else.
func framePicture(b view.Backend) handler {
	return func(r *http.Request) (any, error) {
		var q pictureQuery
		if err := readQuery(r, &q); err != nil {
			return nil, err
		}
		frame, err := strconv.Atoi(r.PathValue("frame"))
		if err != nil || frame < 0 || frame > view.MaxFrame {
			return nil, view.Errorf(view.CodeInvalid, "%.20q is not a frame's number", r.PathValue("frame"))
		}
		p, err := b.RenderPicture(r.Context(), view.PictureRequest{Job: r.PathValue("id"), Frame: frame, Size: q.Size})
		if err != nil || !wantsPNG(r) {
			return p, err
		}
		return content{"image/png", p.PNG}, nil
	}
}

// wantsPNG reports whether the first type that a request accepts is PNG.
func wantsPNG(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	kind, _, err := mime.ParseMediaType(first)
	return err == nil && kind == "image/png"
}
