package sources

import "fmt"

// Kind sorts errors by what a person would do about them.
type Kind int

// The kinds of [Error].
const (
	// Failed is every error that is none of the others: a 5xx, an answer that
	// does not decode.
	Failed Kind = iota
	// Unreachable means that no answer came: refused, no route, no such host, a
	// broken connection.
	Unreachable
	// Timeout means that the answer did not come in time.
	Timeout
	// Denied means that the server wants other credentials (401, 403).
	Denied
	// BadQuery means that the server understood the request and refuses it.
	BadQuery
	// NotConfigured means that the context names no such source.
	NotConfigured
	// NotThis means that something answered that is not the expected server: HTML
	// from a proxy, another product, a wrong path.
	NotThis
	// TooLarge means that the answer was cut off at the size limit.
	TooLarge
	// Busy means that the server asks to come back later (429, 503).
	Busy
	// ReadOnly means that the context forbids writing.
	ReadOnly
)

// String is the kind in a word or two, as the header shows it.
func (k Kind) String() string {
	return [...]string{
		"failed", "unreachable", "timeout", "denied", "refused", "not configured", "not the server",
		"answer too large", "busy", "read-only",
	}[k]
}

// Hint says what to do about an error of this kind; it is empty when the error
// says it all.
func (k Kind) Hint() string {
	switch k {
	case Unreachable:
		return "check the url in the config, and that the server runs"
	case Timeout:
		return "the server is slow: shorten the window, or raise the timeout in the config"
	case Denied:
		return "check the credentials of this source in the config"
	case NotConfigured:
		return "add it under contexts.<name>.sources in the config"
	case NotThis:
		return "the url answers, but not as this server: check the port and the path prefix"
	case TooLarge:
		return "narrow the query or the window"
	case Busy:
		return "the server sheds load: asked again later"
	case ReadOnly:
		return "the context has readonly: true"
	case Failed, BadQuery:
	}
	return ""
}

// Error is what every source returns when it has no answer.
type Error struct {
	// Source is the kind of backend, such as "prometheus".
	Source string
	// Kind says what to do about it.
	Kind Kind
	// Status is the HTTP status, 0 when there was none.
	Status int
	// What is the request that met the error; where it is empty Err names it, as
	// far as there was one.
	What string
	// Err says what came of it, in words for an operator;
	// text of the server in it is cleaned and bounded.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	if e.What != "" {
		return fmt.Sprintf("%s: %s: %v", e.Source, e.What, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Source, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
