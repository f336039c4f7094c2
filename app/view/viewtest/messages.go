package viewtest

import (
	"context"

	"supercomputing/app/view"
)

// Conversations implements view.Messenger.
func (f *Fake) Conversations(_ context.Context, q view.ConversationsQuery) ([]view.Conversation, error) {
	return answer[[]view.Conversation](f, "Conversations", q)
}

// Messages implements view.Messenger.
func (f *Fake) Messages(_ context.Context, q view.MessagesQuery) ([]view.Message, error) {
	return answer[[]view.Message](f, "Messages", q)
}

// Message implements view.Messenger.
func (f *Fake) Message(_ context.Context, id string) (view.Message, error) {
	return answer[view.Message](f, "Message", id)
}

// SearchMessages implements view.Messenger.
func (f *Fake) SearchMessages(_ context.Context, q view.MessageSearch) ([]view.Message, error) {
	return answer[[]view.Message](f, "SearchMessages", q)
}

// QuoteMessage implements view.Messenger.
func (f *Fake) QuoteMessage(_ context.Context, req view.MessageRequest) (view.MessageQuote, error) {
	return answer[view.MessageQuote](f, "QuoteMessage", req)
}

// SendMessage implements view.Messenger.
func (f *Fake) SendMessage(_ context.Context, req view.MessageRequest) (view.Message, error) {
	return answer[view.Message](f, "SendMessage", req)
}

// RetryMessage implements view.Messenger.
func (f *Fake) RetryMessage(_ context.Context, req view.RetryRequest) (view.Message, error) {
	return answer[view.Message](f, "RetryMessage", req)
}

// DeleteMessage implements view.Messenger.
func (f *Fake) DeleteMessage(_ context.Context, id string) error {
	_, err := f.record("DeleteMessage", id)
	return err
}

// MarkRead implements view.Messenger.
func (f *Fake) MarkRead(_ context.Context, req view.ReadRequest) error {
	_, err := f.record("MarkRead", req)
	return err
}

// PayCard implements view.Messenger.
func (f *Fake) PayCard(_ context.Context, req view.PayCardRequest) (view.Sent, error) {
	return answer[view.Sent](f, "PayCard", req)
}

// SaveFile implements view.Messenger.
func (f *Fake) SaveFile(_ context.Context, req view.SaveFileRequest) (view.Message, error) {
	return answer[view.Message](f, "SaveFile", req)
}

// Contacts implements view.Messenger.
func (f *Fake) Contacts(context.Context) ([]view.Contact, error) {
	return answer[[]view.Contact](f, "Contacts", nil)
}

// PutContact implements view.Messenger.
func (f *Fake) PutContact(_ context.Context, req view.ContactRequest) (view.Contact, error) {
	return answer[view.Contact](f, "PutContact", req)
}

// DeleteContact implements view.Messenger.
func (f *Fake) DeleteContact(_ context.Context, address string) error {
	_, err := f.record("DeleteContact", address)
	return err
}

// MessageSettings implements view.Messenger.
func (f *Fake) MessageSettings(context.Context) (view.MessageSettings, error) {
	return answer[view.MessageSettings](f, "MessageSettings", nil)
}

// SetMessageSettings implements view.Messenger.
func (f *Fake) SetMessageSettings(_ context.Context, s view.MessageSettings) (view.MessageSettings, error) {
	return answer[view.MessageSettings](f, "SetMessageSettings", s)
}
