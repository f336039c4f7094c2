package accounts

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// A member can begin MuSig2's rounds anew at will, and each time our consent
// makes us write to all others, which may cost fees. So consent is for a
// handful of restarts: then the person is asked again.
const (
	// maxRestarts is how many restarts of a member our consent goes along with
	// in restartTime. Who starts the program anew between the rounds needs one.
	maxRestarts = 6
	restartTime = time.Hour
	// maxFollow is how many are followed at all in that time, without writing.
	// With maxSkip it keeps attempts below cosign.MaxAttempt for as long as a
	// proposal can live.
	maxFollow = 600
)

// begun says that a member was the first from whom we saw an attempt.
type begun struct {
	member int
	at     int64
}

// begins counts the attempts that a member began of late.
func (p *proposal) begins(member int, now time.Time) (count int) {
	for _, b := range p.begun {
		if b.member == member && now.Unix()-b.at < int64(restartTime/time.Second) {
			count++
		}
	}
	return count
}

// began notes that a member began an attempt, and takes our consent back when
// that happens too often.
func (p *proposal) began(member int, now time.Time) {
	fresh := slices.DeleteFunc(slices.Clone(p.begun), func(b begun) bool { return now.Unix()-b.at >= int64(restartTime/time.Second) })
	p.begun = append(fresh, begun{member, now.Unix()})
	if p.consent && p.begins(member, now) > maxRestarts {
		p.consent, p.restarter = false, member+1
	}
}

// restarted says who restarts so often that we have to be asked again, nil when
// nobody does.
func (p *proposal) restarted(a *account) error {
	if p.restarter == 0 || p.consent || p.restarter > len(a.record.members) {
		return nil
	}
	f := a.record.desc.Keys()[p.restarter-1].Fingerprint()
	who := hex.EncodeToString(f[:])
	if name := a.record.members[p.restarter-1].name; name != "" {
		who = name + " (" + who + ")"
	}
	return fmt.Errorf("%w: %s; sign again to go on", ErrRestarts, who)
}
