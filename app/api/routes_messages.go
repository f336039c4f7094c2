package api

import "supercomputing/app/view"

// messageRoutes is conversations, their messages and the address book. Sending
// is slow because a large file is hashed before it can be shared.
func messageRoutes(b view.Backend) []route {
	return []route{
		{"GET", "/v1/conversations", false, query(b.Conversations)},
		{"GET", "/v1/conversations/{address}", false, queryAt("address", func(q *view.MessagesQuery) *string { return &q.Address }, b.Messages)},
		{"POST", "/v1/conversations/{address}/read", false, bodyOrNone("address", func(q *view.ReadRequest) *string { return &q.Address }, done(b.MarkRead))},

		{"GET", "/v1/messages", false, query(b.SearchMessages)},
		{"POST", "/v1/messages", true, body(b.SendMessage)},
		{"POST", "/v1/messages/quote", false, body(b.QuoteMessage)},
		{"GET", "/v1/messages/settings", false, plain(b.MessageSettings)},
		{"PUT", "/v1/messages/settings", false, body(b.SetMessageSettings)},
		{"GET", "/v1/messages/{id}", false, named("id", b.Message)},
		{"DELETE", "/v1/messages/{id}", false, named("id", done(b.DeleteMessage))},
		{"POST", "/v1/messages/{id}/retry", false, bodyAt("id", func(q *view.RetryRequest) *string { return &q.ID }, b.RetryMessage)},
		{"POST", "/v1/messages/{id}/pay", false, bodyAt("id", func(q *view.PayCardRequest) *string { return &q.ID }, b.PayCard)},
		{"POST", "/v1/messages/{id}/save", false, bodyAt("id", func(q *view.SaveFileRequest) *string { return &q.ID }, b.SaveFile)},

		{"GET", "/v1/contacts", false, plain(b.Contacts)},
		{"PUT", "/v1/contacts/{address}", false, bodyAt("address", func(q *view.ContactRequest) *string { return &q.Address }, b.PutContact)},
		{"DELETE", "/v1/contacts/{address}", false, named("address", done(b.DeleteContact))},
	}
}
