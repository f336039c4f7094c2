package main

import (
	"context"
	"encoding/hex"
	"strings"

	"supercomputing/app/view"
)

const (
	// findPage is how many messages are asked for at a time.
	findPage = 200
	// findMost bounds the messages that are looked at for the beginning of an
	// id; older ones need their whole id, by which any is found.
	findMost = 20_000
)

// messageID is how many hexadecimal digits a message's id has.
const messageID = 32

// findMessage finds a message by its id or the beginning of it, the newest of
// each conversation first.
func findMessage(ctx context.Context, b view.Backend, given string) (view.Message, error) {
	if _, err := hex.DecodeString(given); err == nil && len(given) == messageID {
		return b.Message(ctx, strings.ToLower(given))
	}
	var candidates []view.Message
	looked, seen := 0, make(map[string]bool)
	kinds := []view.ConversationsQuery{{}, {Requests: true}, {Filtered: true}, {Blocked: true}}
	for _, q := range kinds {
		for q.Limit = findPage; ; q.Skip += findPage {
			list, err := b.Conversations(ctx, q)
			if err != nil {
				return view.Message{}, err
			}
			for _, c := range list {
				if seen[c.Address] {
					continue
				}
				seen[c.Address] = true
				found, err := findIn(ctx, b, c.Address, given, &looked)
				if err != nil {
					return view.Message{}, err
				}
				candidates = append(candidates, found...)
				if len(found) == 1 && found[0].ID == given {
					return found[0], nil
				}
			}
			if len(list) < findPage || looked >= findMost {
				break
			}
		}
	}
	return pick(given, "message", candidates, func(m view.Message) string { return m.ID })
}

// findIn gives the messages of one conversation whose ids begin with given, or
// only the one that has it as a whole.
func findIn(ctx context.Context, b view.Backend, address, given string, looked *int) ([]view.Message, error) {
	var out []view.Message
	q := view.MessagesQuery{Address: address, Limit: findPage}
	for *looked < findMost {
		list, err := b.Messages(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.ID == given {
				return []view.Message{m}, nil
			}
			if beginsWith(m.ID, given) {
				out = append(out, m)
			}
		}
		*looked += len(list)
		if len(list) < findPage || list[len(list)-1].ID == q.Before {
			break
		}
		q.Before = list[len(list)-1].ID
	}
	return out, nil
}
