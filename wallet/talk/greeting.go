package talk

import (
	"context"
	"fmt"
	"net"
	"time"
)

// How a connection begins: the dialler says hello, the other side answers.

// within runs fn on a connection with a deadline, which ctx moves to now.
func within(ctx context.Context, conn net.Conn, d time.Duration, fn func() error) error {
	conn.SetDeadline(time.Now().Add(d))
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	err := fn()
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return lost(err)
	}
	conn.SetDeadline(time.Time{})
	return nil
}

func writeFrame(conn net.Conn, f frame) error {
	_, err := conn.Write(f.append(nil))
	return err
}

// readHello reads a hello, or the bye in its place.
func readHello(conn net.Conn) (hello, error) {
	f, err := readFrame(conn)
	switch {
	case err != nil:
		return hello{}, err
	case f.kind == frameBye:
		return hello{}, byeReason(f.body[0]).err()
	case f.kind != frameHello:
		return hello{}, fmt.Errorf("%w: frame type %#02x before hello", ErrProtocol, byte(f.kind))
	}
	return parseHello(f.body)
}

// sayHello is the dialling side's part.
func sayHello(ctx context.Context, conn net.Conn, ours hello) (theirs hello, err error) {
	err = within(ctx, conn, helloTimeout, func() error {
		if err := writeFrame(conn, ours.frame()); err != nil {
			return err
		}
		theirs, err = readHello(conn)
		if err == nil && theirs.version != Version {
			err = ErrVersion
		}
		return err
	})
	return theirs, err
}

// answerHello is the other side's part.
func answerHello(ctx context.Context, conn net.Conn, ours hello) (theirs hello, err error) {
	err = within(ctx, conn, helloTimeout, func() error {
		theirs, err = readHello(conn)
		switch {
		case err != nil:
			return err
		case theirs.version != Version:
			writeFrame(conn, byeFrame(byeVersion))
			return ErrVersion
		}
		return writeFrame(conn, ours.frame())
	})
	return theirs, err
}

// turnAway tells a dialler that there is no room; it gets less time than one
// that is served.
func turnAway(ctx context.Context, conn net.Conn, why error) error {
	within(ctx, conn, byeTimeout, func() error {
		if _, err := readHello(conn); err != nil {
			return err
		}
		return writeFrame(conn, byeFrame(byeBusy))
	})
	return why
}
