package api

import (
	"context"

	"supercomputing/app/view"
)

// Conversations implements view.Messenger.
func (c *Client) Conversations(ctx context.Context, q view.ConversationsQuery) ([]view.Conversation, error) {
	return call[[]view.Conversation](ctx, c, "GET", "/v1/conversations"+encodeQuery(q), nil)
}

// Messages implements view.Messenger.
func (c *Client) Messages(ctx context.Context, q view.MessagesQuery) ([]view.Message, error) {
	path := "/v1/conversations/" + segment(q.Address)
	q.Address = ""
	return call[[]view.Message](ctx, c, "GET", path+encodeQuery(q), nil)
}

// Message implements view.Messenger.
func (c *Client) Message(ctx context.Context, id string) (view.Message, error) {
	return call[view.Message](ctx, c, "GET", "/v1/messages/"+segment(id), nil)
}

// SearchMessages implements view.Messenger.
func (c *Client) SearchMessages(ctx context.Context, q view.MessageSearch) ([]view.Message, error) {
	return call[[]view.Message](ctx, c, "GET", "/v1/messages"+encodeQuery(q), nil)
}

// QuoteMessage implements view.Messenger.
func (c *Client) QuoteMessage(ctx context.Context, req view.MessageRequest) (view.MessageQuote, error) {
	return call[view.MessageQuote](ctx, c, "POST", "/v1/messages/quote", req)
}

// SendMessage implements view.Messenger.
func (c *Client) SendMessage(ctx context.Context, req view.MessageRequest) (view.Message, error) {
	return call[view.Message](ctx, c, "POST", "/v1/messages", req)
}

// RetryMessage implements view.Messenger.
func (c *Client) RetryMessage(ctx context.Context, req view.RetryRequest) (view.Message, error) {
	return call[view.Message](ctx, c, "POST", "/v1/messages/"+segment(req.ID)+"/retry", req)
}

// DeleteMessage implements view.Messenger.
func (c *Client) DeleteMessage(ctx context.Context, id string) error {
	_, err := call[noBody](ctx, c, "DELETE", "/v1/messages/"+segment(id), nil)
	return err
}

// MarkRead implements view.Messenger.
func (c *Client) MarkRead(ctx context.Context, req view.ReadRequest) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/conversations/"+segment(req.Address)+"/read", req)
	return err
}

// PayCard implements view.Messenger.
func (c *Client) PayCard(ctx context.Context, req view.PayCardRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/messages/"+segment(req.ID)+"/pay", req)
}

// SaveFile implements view.Messenger.
func (c *Client) SaveFile(ctx context.Context, req view.SaveFileRequest) (view.Message, error) {
	return call[view.Message](ctx, c, "POST", "/v1/messages/"+segment(req.ID)+"/save", req)
}

// Contacts implements view.Messenger.
func (c *Client) Contacts(ctx context.Context) ([]view.Contact, error) {
	return call[[]view.Contact](ctx, c, "GET", "/v1/contacts", nil)
}

// PutContact implements view.Messenger.
func (c *Client) PutContact(ctx context.Context, req view.ContactRequest) (view.Contact, error) {
	return call[view.Contact](ctx, c, "PUT", "/v1/contacts/"+segment(req.Address), req)
}

// DeleteContact implements view.Messenger.
func (c *Client) DeleteContact(ctx context.Context, address string) error {
	_, err := call[noBody](ctx, c, "DELETE", "/v1/contacts/"+segment(address), nil)
	return err
}

// MessageSettings implements view.Messenger.
func (c *Client) MessageSettings(ctx context.Context) (view.MessageSettings, error) {
	return call[view.MessageSettings](ctx, c, "GET", "/v1/messages/settings", nil)
}

// SetMessageSettings implements view.Messenger.
func (c *Client) SetMessageSettings(ctx context.Context, s view.MessageSettings) (view.MessageSettings, error) {
	return call[view.MessageSettings](ctx, c, "PUT", "/v1/messages/settings", s)
}
