package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/gossip"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
	"supercomputing/tasks/render"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/ffmpeg"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
	"supercomputing/wallet"
	"supercomputing/wallet/accounts"
	"supercomputing/wallet/cosign"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/keys"
	ads "supercomputing/wallet/market"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/safetext"
	"supercomputing/wallet/vault"
)

// meanings gives the errors of the domains their code and what to do next. The
// first that matches counts.
var meanings = []struct {
	err  error
	code view.Code
	hint string
}{
	{syscall.ENOSPC, view.CodeDisk, "free some space; nothing was lost"},
	{chain.ErrDiskFull, view.CodeDisk, "free some space; nothing was lost"},
	{download.ErrDiskFull, view.CodeDisk, "free some space; what was fetched stays"},
	{download.ErrNoSpace, view.CodeDisk, "free some space, or raise the limit “contribute.disk”"},
	{chain.ErrLocked, view.CodeBusy, "another process uses this data directory"},
	{download.ErrPortInUse, view.CodeBusy, "change the setting “listen.bittorrent”"},
	{gossip.ErrListen, view.CodeBusy, "change the setting “listen.gossip”"},
	{chain.ErrWrongNetwork, view.CodeConflict, "give each network its own data directory"},
	{wallet.ErrOtherWallet, view.CodeConflict, "give each wallet and each network its own data directory"},

	{keys.ErrPassphrase, view.CodeWrongPassphrase, "try again; with the recovery words the wallet can be restored elsewhere"},
	{keys.ErrEmptyPassphrase, view.CodeInvalid, "choose a passphrase"},
	{keys.ErrNoKeystore, view.CodeWalletLocked, "“supercomputing wallet create” makes one"},
	{keys.ErrLocked, view.CodeWalletLocked, "start the node with the wallet's passphrase"},
	{keys.ErrKeystoreExists, view.CodeConflict, "name another data directory with --datadir"},
	{keys.ErrDamaged, view.CodeInternal, "restore the wallet from its recovery words into another data directory"},
	{keys.ErrWordCount, view.CodeInvalid, "recovery words are 12, 15, 18, 21 or 24"},
	{keys.ErrUnknownWord, view.CodeInvalid, "look at the spelling"},
	{keys.ErrChecksum, view.CodeInvalid, "look at the words and their order"},

	{wallet.ErrFeeTooHigh, view.CodeConflict, "nothing was paid; ask for the price again"},
	{wallet.ErrAdWaits, view.CodeConflict, "“supercomputing market raise” lets that one pay more; a coin from elsewhere helps, too"},
	{wallet.ErrStaleQuote, view.CodeConflict, "ask for the price again"},
	{wallet.ErrTooManyInputs, view.CodeFunds, "send a part first"},
	{wallet.ErrFunds, view.CodeFunds, "“supercomputing wallet balance” shows what is still coming in"},
	{wallet.ErrDust, view.CodeInvalid, ""},
	{wallet.ErrNoOutputs, view.CodeInvalid, ""},
	{wallet.ErrAmount, view.CodeInvalid, ""},
	{wallet.ErrBadAddress, view.CodeInvalid, ""},
	{wallet.ErrFeeRate, view.CodeInvalid, ""},
	{wallet.ErrRecord, view.CodeInvalid, ""},
	{wallet.ErrLabel, view.CodeInvalid, ""},
	{wallet.ErrUnknownTx, view.CodeNotFound, ""},
	{wallet.ErrUnknownCoin, view.CodeNotFound, "“supercomputing wallet coins” lists them"},
	{wallet.ErrNotPending, view.CodeConflict, ""},
	{wallet.ErrNotOurs, view.CodeConflict, ""},
	{wallet.ErrHasChildren, view.CodeConflict, ""},
	{wallet.ErrFeeTooLow, view.CodeInvalid, "offer a higher fee rate"},
	{wallet.ErrGap, view.CodeConflict, ""},
	{wallet.ErrDamaged, view.CodeInternal, "the coins are safe: restore the wallet from its words into another data directory"},

	{messages.ErrTooLong, view.CodeTooLarge, "shorten it, or send it directly: “supercomputing message send --direct” waits for the other side"},
	{messages.ErrInvalid, view.CodeInvalid, ""},
	{messages.ErrUnknown, view.CodeNotFound, "“supercomputing message list” lists conversations"},
	{messages.ErrDirectOnly, view.CodeInvalid, "“supercomputing message send --direct” lets it wait for the other side"},
	{messages.ErrNobody, view.CodeInvalid, "look at the address"},
	{messages.ErrBlocked, view.CodeConflict, "“supercomputing contact unblock” allows it again"},
	{messages.ErrNotMine, view.CodeInvalid, ""},
	{messages.ErrDone, view.CodeConflict, ""},
	{messages.ErrNoFile, view.CodeNotFound, "a file comes when the other side is online"},
	{messages.ErrExists, view.CodeConflict, "name another path; nothing is ever replaced"},
	{messages.ErrNoFiles, view.CodeUnavailable, ""},
	{messages.ErrBusy, view.CodeUnavailable, "wait until some of it is done"},
	{messages.ErrNote, view.CodeInvalid, ""},
	{messages.ErrReach, view.CodeInvalid, "give host:port, several with commas between"},
	{messages.ErrNameTaken, view.CodeConflict, "choose another name, or rename that contact first"},
	{messages.ErrNotContact, view.CodeNotFound, "“supercomputing contact list” lists the address book"},
	{messages.ErrCard, view.CodeInvalid, ""},
	{messages.ErrAmount, view.CodeInvalid, ""},
	{ads.ErrUnknown, view.CodeNotFound, "“supercomputing market list” lists advertisements"},
	{ads.ErrNotMine, view.CodeInvalid, ""},
	{ads.ErrNotWaiting, view.CodeConflict, "an advertisement in a block cannot be raised; post it again when its time is over"},
	{ads.ErrFirst, view.CodeConflict, "it is in the next block anyway; name a fee to pay more"},
	{ads.ErrOver, view.CodeConflict, ""},
	{ads.ErrWithdrawn, view.CodeConflict, ""},
	{ads.ErrFee, view.CodeInvalid, "“supercomputing market price” tells what the next block costs"},
	{ads.ErrAdvertisement, view.CodeInvalid, ""},
	{ads.ErrPost, view.CodeInvalid, ""},
	{ads.ErrNoChannel, view.CodeNotFound, "“supercomputing news channels” lists them"},
	{ads.ErrChannelName, view.CodeInvalid, "choose another name"},
	{ads.ErrChannels, view.CodeConflict, "remove one first"},
	{ads.ErrOwnChannel, view.CodeInvalid, ""},
	{ads.ErrAuthor, view.CodeInvalid, "look at the address"},
	{ads.ErrDamaged, view.CodeInternal, "move the folder “news” out of the data directory; advertisements and posts are read again from the chain"},
	{safetext.ErrName, view.CodeInvalid, "choose another name"},
	{vault.ErrKey, view.CodeInternal, "restore the wallet from its recovery words into another data directory"},

	{download.ErrMagnet, view.CodeInvalid, ""},
	{download.ErrEmpty, view.CodeInvalid, ""},
	{download.ErrMetainfo, view.CodeInvalid, ""},
	{download.ErrChanged, view.CodeConflict, "publish it when nothing writes to it"},
	{download.ErrHeld, view.CodeConflict, ""},
	{download.ErrNotRunning, view.CodeUnavailable, "try again in a moment"},

	{engine.ErrMissing, view.CodeUnavailable, "install it (Debian: “apt-get install blender povray”), or name its path in the settings “engines.blender”, “engines.povray”"},
	{render.ErrNoEngine, view.CodeUnavailable, "“supercomputing contribute” lists the engines of this machine"},
	{engine.ErrIncomplete, view.CodeInvalid, "put them where the scene looks for them, or pack them into it; nothing was paid"},
	{engine.ErrLimit, view.CodeTooLarge, "make the picture or its textures smaller, or raise the setting “contribute.memory”; nothing was paid"},
	{engine.ErrSandbox, view.CodeConflict, "install bubblewrap"},
	{engine.ErrBundle, view.CodeInvalid, "save the scene with its own program, and try again; nothing was paid"},
	{engine.ErrScene, view.CodeInvalid, "render it once in its own program, which shows what is wrong; nothing was paid"},
	{sandbox.ErrUnavailable, view.CodeConflict, "install bubblewrap"},
	{sandbox.ErrLimit, view.CodeTooLarge, "make the picture or its textures smaller, or raise the setting “contribute.memory”"},
	{sandbox.ErrExit, view.CodeConflict, "start the program by hand, which shows what is wrong"},
	{sandbox.ErrResult, view.CodeConflict, ""},
	{sandbox.ErrCommand, view.CodeInternal, ""},
	{ffmpeg.ErrMissing, view.CodeUnavailable, "install ffmpeg or name its path in the setting “engines.ffmpeg”, or ask for neither video nor denoising; nothing was paid"},
	{ffmpeg.ErrFrames, view.CodeConflict, "the frames are kept"},
	{ffmpeg.ErrFailed, view.CodeConflict, "the frames are kept"},
	{render.ErrUnknownFrame, view.CodeNotFound, "“supercomputing job show” lists the frames"},
	{render.ErrNoPicture, view.CodeNotFound, "ask again when a tile of it is there"},
	{render.ErrFrames, view.CodeInvalid, "frames are written such as 1-48, 1-100/2 or 7,9,20-30"},
	{render.ErrPlan, view.CodeInvalid, "nothing was paid"},
	{render.ErrSpec, view.CodeInvalid, "nothing was paid"},
	{render.ErrBuild, view.CodeConflict, "ask for another version with --engine-version"},
	{render.ErrCaught, view.CodeRefused, ""},
	{render.ErrNoSeat, view.CodeConflict, ""},
	{render.ErrMessage, view.CodeRefused, ""},
	{picture.ErrSize, view.CodeTooLarge, ""},
	{picture.ErrPicture, view.CodeConflict, "another program has changed the file; render the frame again"},
	{picture.ErrForm, view.CodeConflict, ""},

	{accounts.ErrLine, view.CodeInvalid, "each member prints its line with “supercomputing account key”"},
	{accounts.ErrNotMember, view.CodeInvalid, "your own line has to be among the members': “supercomputing account key”"},
	{accounts.ErrNoAccount, view.CodeNotFound, "“supercomputing account list” lists them"},
	{accounts.ErrExists, view.CodeConflict, "“supercomputing account list” lists them"},
	{accounts.ErrTooMany, view.CodeConflict, "remove some that are over"},
	{accounts.ErrCoin, view.CodeConflict, ""},
	{accounts.ErrName, view.CodeInvalid, ""},
	{accounts.ErrMember, view.CodeNotFound, "“supercomputing account show” lists the members"},
	{accounts.ErrInvitation, view.CodeInvalid, ""},
	{accounts.ErrBroken, view.CodeConflict, "import its descriptor again: “supercomputing account import”"},
	{accounts.ErrRestarts, view.CodeConflict, "talk to that member"},
	{accounts.ErrStored, view.CodeInternal, "the descriptors bring the accounts back: move the folder “accounts” out of the data directory"},
	{accounts.ErrNoProposal, view.CodeNotFound, "“supercomputing account proposals” lists them"},
	{accounts.ErrShown, view.CodeConflict, "look at it again: “supercomputing account proposal”"},
	{accounts.ErrOver, view.CodeConflict, ""},
	{accounts.ErrOpen, view.CodeConflict, "“supercomputing account decline” refuses it"},
	{accounts.ErrSigned, view.CodeConflict, "spend the same coins otherwise before the others sign"},
	{accounts.ErrNothing, view.CodeInvalid, ""},
	{accounts.ErrUnknownCoin, view.CodeConflict, "wait until this node has all blocks"},
	{accounts.ErrCoinSpent, view.CodeConflict, ""},
	{accounts.ErrImmature, view.CodeConflict, "wait until it is"},
	{accounts.ErrFarChange, view.CodeRefused, ""},
	{accounts.ErrFee, view.CodeRefused, ""},
	{accounts.ErrAuthor, view.CodeRefused, ""},
	{accounts.ErrRecord, view.CodeRefused, ""},
	{accounts.ErrChanged, view.CodeRefused, "sign neither before you know why"},
	{accounts.ErrOtherAccount, view.CodeInvalid, "“supercomputing account import” takes the account first"},
	{accounts.ErrOtherNetwork, view.CodeInvalid, ""},
	{accounts.ErrTooLarge, view.CodeTooLarge, "propose a part first"},
	{accounts.ErrPayload, view.CodeInvalid, ""},
	{accounts.ErrNotMuSig2, view.CodeConflict, ""},
	{accounts.ErrNotAgreed, view.CodeConflict, "“supercomputing account sign” agrees"},
	{accounts.ErrNoRoutine, view.CodeNotFound, "“supercomputing account routine list” lists them"},
	{accounts.ErrRoutine, view.CodeInvalid, ""},
	{accounts.ErrNoJobs, view.CodeUnavailable, ""},

	{descriptor.ErrChecksum, view.CodeInvalid, "copy the whole line again"},
	{descriptor.ErrPrivate, view.CodeInvalid, "whoever has seen it can spend: move its coins"},
	{descriptor.ErrTooLong, view.CodeTooLarge, ""},
	{descriptor.ErrUnsupported, view.CodeInvalid, "shared accounts are tr(musig(…)) and tr(…, sortedmulti_a(…))"},
	{descriptor.ErrKey, view.CodeInvalid, "each member prints its line with “supercomputing account key”"},
	{descriptor.ErrDuplicate, view.CodeInvalid, ""},
	{descriptor.ErrMembers, view.CodeInvalid, "an account has 2 to 15 members"},
	{descriptor.ErrSyntax, view.CodeInvalid, ""},

	{cosign.ErrTooLarge, view.CodeTooLarge, ""},
	{cosign.ErrNetwork, view.CodeInvalid, ""},
	{cosign.ErrAccount, view.CodeInvalid, "“supercomputing account list” lists the accounts here"},
	{cosign.ErrFormat, view.CodeInvalid, "give a PSBT in base64"},
	{cosign.ErrField, view.CodeInvalid, ""},
	{cosign.ErrDuplicate, view.CodeInvalid, ""},
	{cosign.ErrTransaction, view.CodeRefused, ""},
	{cosign.ErrInput, view.CodeRefused, ""},
	{cosign.ErrRecord, view.CodeRefused, ""},
	{cosign.ErrSighash, view.CodeRefused, ""},
	{cosign.ErrSignature, view.CodeRefused, "it was not taken; ask who sent it"},
	{cosign.ErrConflict, view.CodeRefused, "“supercomputing account restart” begins anew"},
	{cosign.ErrStale, view.CodeConflict, ""},
	{cosign.ErrNewer, view.CodeConflict, ""},
	{cosign.ErrAttempt, view.CodeConflict, ""},
	{cosign.ErrNoncesMissing, view.CodeConflict, ""},
	{cosign.ErrIncomplete, view.CodeConflict, ""},
	{cosign.ErrNotMember, view.CodeInvalid, ""},
	{keys.ErrTooManyNonces, view.CodeConflict, "finish or decline some proposals first"},
	{wallet.ErrNoAuthorCoin, view.CodeFunds, "pay a little to the account’s first address first; “supercomputing account show” names it"},
	{wallet.ErrHeld, view.CodeConflict, "wait for that proposal, or decline it"},
	{wallet.ErrSignedElsewhere, view.CodeConflict, "propose it: “supercomputing account propose”"},
	{wallet.ErrSpent, view.CodeConflict, ""},
	{wallet.ErrUnsigned, view.CodeConflict, ""},

	{tasks.ErrOperated, view.CodeConflict, "“supercomputing account propose raise” proposes it to the members"},
	{tasks.ErrOnItsWay, view.CodeConflict, ""},
	{tasks.ErrUnknownDraft, view.CodeNotFound, ""},
	{tasks.ErrUnknownJob, view.CodeNotFound, "“supercomputing job list” lists your own jobs"},
	{tasks.ErrUnknownDapp, view.CodeInvalid, ""},
	{tasks.ErrEnded, view.CodeConflict, ""},

	{gossip.ErrAddress, view.CodeInvalid, "give host:port"},
	{chain.ErrUnknownBlock, view.CodeNotFound, ""},
	{chain.ErrUnknownTx, view.CodeNotFound, ""},
	{chain.ErrFeeTooLow, view.CodeRefused, "offer a higher fee rate"},
	{chain.ErrPoolFull, view.CodeRefused, "wait until some of your transactions are in a block"},
	{chain.ErrMissingInputs, view.CodeConflict, "a block may have come in between; look again"},
	{chain.ErrRejected, view.CodeRefused, ""},
	{wallet.ErrRejected, view.CodeRefused, ""},
}

// explain turns an error of any domain into one for people. It keeps the
// text, and errors that are explained already or mean the end of a request.
func explain(err error) error {
	var e *view.Error
	if err == nil || errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			return &view.Error{Code: m.code, Message: err.Error(), Hint: m.hint}
		}
	}
	if consensus.IsRule(err) {
		return &view.Error{Code: view.CodeRefused, Message: err.Error()}
	}
	return err
}

// listen opens a TCP port, with local on loopback only. Its errors name the
// address and the setting.
func listen(address, setting string, local bool) (net.Listener, error) {
	if err := checkLocal(address, setting, local); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", address)
	return ln, explainListen(err, address, setting)
}

// checkLocal refuses to listen beyond this machine on a local network.
func checkLocal(address, setting string, local bool) error {
	if !local || onLoopback(address) {
		return nil
	}
	return view.Errorf(view.CodeInvalid, "%s: %s can be reached from other machines, and this network must not leave this one", setting, address).
		WithHint("choose a port of 127.0.0.1 with “supercomputing config set %s 127.0.0.1:PORT”", setting)
}

func explainListen(err error, address, setting string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		return view.Errorf(view.CodeBusy, "%s is in use by another program", address).
			WithHint("choose another with “supercomputing config set %s HOST:PORT”", setting)
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EACCES):
		return view.Errorf(view.CodeInvalid, "cannot listen on %s: %v", address, err).
			WithHint("choose another with “supercomputing config set %s HOST:PORT”", setting)
	}
	return fmt.Errorf("%s: %w", setting, explain(err))
}
