package api

import (
	"context"
	"fmt"

	"supercomputing/app/view"
)

// InspectRender implements view.Jobs.
func (c *Client) InspectRender(ctx context.Context, req view.RenderRequest) (view.RenderScene, error) {
	return call[view.RenderScene](ctx, c, "POST", "/v1/render/inspect", req)
}

// QuoteRender implements view.Jobs.
func (c *Client) QuoteRender(ctx context.Context, req view.RenderRequest) (view.RenderQuote, error) {
	return call[view.RenderQuote](ctx, c, "POST", "/v1/render/quote", req)
}

// PostRender implements view.Jobs.
func (c *Client) PostRender(ctx context.Context, req view.RenderRequest) (view.JobDetail, error) {
	return call[view.JobDetail](ctx, c, "POST", "/v1/render", req)
}

// RenderPicture implements view.Jobs.
func (c *Client) RenderPicture(ctx context.Context, req view.PictureRequest) (view.Picture, error) {
	path := fmt.Sprintf("/v1/jobs/%s/frames/%d%s", segment(req.Job), req.Frame, encodeQuery(pictureQuery{req.Size}))
	return call[view.Picture](ctx, c, "GET", path, nil)
}
