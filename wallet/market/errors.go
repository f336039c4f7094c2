package market

import (
	"errors"
	"fmt"
)

// Errors of opening.
var (
	// ErrDamaged says that a stored row is not what was written.
	ErrDamaged = errors.New("the market's data is damaged")
	// ErrVersion says that a newer program wrote the data.
	ErrVersion = errors.New("the market's data was written by a newer version of this program")
)

// Errors that concern one advertisement.
var (
	// ErrUnknown says that there is no such advertisement.
	ErrUnknown = errors.New("no such advertisement")
	// ErrNotMine says that somebody else made the advertisement.
	ErrNotMine = errors.New("the advertisement is not yours")
	// ErrNotWaiting says that the advertisement does not wait for a block.
	ErrNotWaiting = errors.New("the advertisement is not waiting for a block")
	// ErrFirst says that the advertisement comes first already.
	ErrFirst = errors.New("the advertisement is the best-paying one already")
	// ErrOver says that the advertisement is not shown any more.
	ErrOver = errors.New("the advertisement is over")
	// ErrWithdrawn says that the advertisement was withdrawn already.
	ErrWithdrawn = errors.New("the advertisement was withdrawn already")
	// ErrFee says that a fee is below the least.
	ErrFee = errors.New("the fee is too low")
)

// ErrAdvertisement says that an advertisement cannot be posted as it is; what
// follows says why.
var ErrAdvertisement = errors.New("not a fit advertisement")

// The reasons.
var (
	ErrTitle    = fmt.Errorf("%w: its title", ErrAdvertisement)
	ErrText     = fmt.Errorf("%w: its text", ErrAdvertisement)
	ErrCategory = fmt.Errorf("%w: its category", ErrAdvertisement)
	ErrIntent   = fmt.Errorf("%w: its intent", ErrAdvertisement)
	ErrPrice    = fmt.Errorf("%w: its price", ErrAdvertisement)
	ErrLanguage = fmt.Errorf("%w: its languages", ErrAdvertisement)
	ErrContact  = fmt.Errorf("%w: its contact", ErrAdvertisement)
)

// Errors of channels.
var (
	// ErrPost says that a text cannot be published as it is.
	ErrPost = errors.New("not a fit post")
	// ErrNoChannel says that the author is not subscribed to.
	ErrNoChannel = errors.New("no such channel")
	// ErrChannelName says that a channel's name looks like another channel's.
	ErrChannelName = errors.New("another channel has a name that looks the same")
	// ErrChannels says that there are too many subscriptions.
	ErrChannels = errors.New("too many channels")
	// ErrOwnChannel says that one's own posts need no subscription.
	ErrOwnChannel = errors.New("your own posts need no subscription")
	// ErrAuthor says that an address cannot be an author.
	ErrAuthor = errors.New("nobody can write from this address")
)
