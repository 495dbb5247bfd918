package server

import (
	"errors"
	"fmt"
	"net/http"
	"os"

	"ssdgm/model/trained"
	"ssdgm/train/message"
)

// refusal is why a request gets no answer, and the status that says so.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// refuse makes a refusal.
func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// wrong refuses what the client can mend.
func wrong(format string, args ...any) error { return refuse(http.StatusBadRequest, format, args...) }

// The refusals of a server that has too much to do: the same request may be sent again, here or to another server.
var (
	errBusy = &refusal{http.StatusServiceUnavailable, "busy: as many rows wait as may; try again"}
	errFull = &refusal{http.StatusServiceUnavailable, "busy: as many bytes are being read as may; try again"}
	errSent = &refusal{http.StatusServiceUnavailable, "busy: as many answers are on their way as may; try again"}
	errLate = &refusal{http.StatusServiceUnavailable, "busy: no answer in time; try again"}
)

// errGone is that nobody waits for the answer any more. The status is no server's fault; proxies have it in their logs.
var errGone = &refusal{499, "the client closed the connection before the answer"}

// retryAfter is in how many seconds a request that was refused may be sent again.
const retryAfter = "1"

// refusalOf finds out why a request failed.
func refusalOf(err error) *refusal {
	var found *refusal
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &found):
		return found
	case errors.As(err, &tooLarge):
		return &refusal{http.StatusRequestEntityTooLarge,
			fmt.Sprintf("want a body of at most %d bytes, found more; send fewer rows at once", tooLarge.Limit)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{http.StatusRequestTimeout, "the request came too slowly"}
	case errors.Is(err, trained.ErrInput):
		return &refusal{http.StatusBadRequest, err.Error()}
	}
	return &refusal{http.StatusInternalServerError, err.Error()}
}

// reply is an answer, ready to be written.
type reply struct {
	status int // 0 is 200
	kind   string
	header map[string]string
	body   []byte
}

// replyTo is the reply of an error.
func replyTo(err error) reply {
	r := refusalOf(err)
	all := reply{status: r.status, kind: jsonType, body: encoded(func(e *encoder) {
		e.object(func() { e.text("error", message.Line(r.text)) })
	})}
	if r.status == http.StatusServiceUnavailable {
		all.header = map[string]string{"Retry-After": retryAfter}
	}
	return all
}
