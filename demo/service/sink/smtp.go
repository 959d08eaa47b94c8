package sink

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// ServeSMTP takes mail until the listener is closed, and returns nil then. It
// knows as much of SMTP as Alertmanager speaks without encryption: any sender,
// any recipient.
func (s *Sink) ServeSMTP(l net.Listener) error {
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("taking mail on %s: %w", l.Addr(), err)
		}
		go s.session(conn)
	}
}

const (
	sessionTimeout = 30 * time.Second
	maxLine        = 4 << 10
)

var errTooLong = errors.New("message is too long")

// session speaks with one client until it quits, errs or takes too long.
func (s *Sink) session(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(sessionTimeout))
	in := bufio.NewReaderSize(io.LimitReader(conn, 2*maxBody), maxLine)
	say := func(code int, text string) { _, _ = fmt.Fprintf(conn, "%d %s\r\n", code, text) }
	say(220, "sink ready")
	for {
		text, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(string(text))), " ")
		switch verb {
		case "HELO", "EHLO":
			say(250, "sink")
		case "MAIL", "RCPT", "RSET", "NOOP":
			say(250, "ok")
		case "DATA":
			say(354, "end with a dot")
			body, err := message(in)
			switch {
			case errors.Is(err, errTooLong):
				say(552, err.Error())
				return
			case err != nil:
				return
			case s.deliver("mail", body, "", "") >= 400:
				say(554, "mail was told to refuse")
			default:
				say(250, "kept")
			}
		case "QUIT":
			say(221, "bye")
			return
		default:
			say(502, "not understood")
		}
	}
}

// message reads a mail up to its final dot, its subject first.
func message(in *bufio.Reader) ([]byte, error) {
	var body strings.Builder
	subject := ""
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		text = strings.TrimRight(text, "\r\n")
		if text == "." {
			return []byte(subject + "\n" + body.String()), nil
		}
		text = strings.TrimPrefix(text, ".")
		if s, ok := strings.CutPrefix(text, "Subject: "); ok && subject == "" {
			subject = s
		}
		if body.Len()+len(text) > maxBody {
			return nil, errTooLong
		}
		body.WriteString(text + "\n")
	}
}
