package rabbitmq

import (
	"errors"
	"net/http"
	"strings"

	"github.com/rabbitmq/amqp091-go"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// classify says why a login failed.
func classify(c rotator.Credential, err error) error { return failed(c, reasonFor(err), err) }

func failed(c rotator.Credential, reason rotator.Reason, err error) error {
	return &rotator.LoginError{Reason: reason, Host: c.Address(), User: c.Username, Err: err}
}

func reasonFor(err error) rotator.Reason {
	var answer *answerError
	var broker *amqp091.Error
	switch {
	case errors.As(err, &answer):
		return reasonForStatus(answer)
	case errors.As(err, &broker):
		return reasonForCode(broker)
	case errors.Is(err, http.ErrSchemeMismatch), errors.Is(err, errSpeaksPlain):
		return rotator.NoTLS
	}
	return network.Reason(err)
}

func reasonForStatus(e *answerError) rotator.Reason {
	switch {
	case e.Status == http.StatusUnauthorized && e.Reason == loginFailed:
		return rotator.Refused
	case e.Status == http.StatusServiceUnavailable:
		return rotator.NotReady
	}
	return rotator.Broken
}

// reasonForCode reads what the broker closed a connection with. One code has
// several meanings, which its text tells. Errors that the driver makes up when a
// connection ends without a word, as ErrCredentials, tell nothing.
func reasonForCode(e *amqp091.Error) rotator.Reason {
	switch {
	case !e.Server:
		return rotator.Broken
	case e.Code == amqp091.AccessRefused:
		return rotator.Refused
	case e.Code == amqp091.NotAllowed && strings.Contains(e.Reason, " limit (") && strings.Contains(e.Reason, "is reached"):
		return rotator.LimitHit
	case e.Code == amqp091.NotAllowed && strings.Contains(e.Reason, " not found"):
		return rotator.NoDatabase
	}
	return rotator.Broken
}

// isNoAccess tells whether the broker let the user in, and then not to the virtual
// host: the password is right.
func isNoAccess(err error) bool {
	var e *amqp091.Error
	return errors.As(err, &e) && e.Server && e.Code == amqp091.NotAllowed && strings.Contains(e.Reason, " refused for user ") &&
		reasonForCode(e) == rotator.Broken
}

// notAllowed is what an answer means to somebody who wants a change.
func notAllowed(err error) error {
	var e *answerError
	if errors.As(err, &e) && (e.Status == http.StatusForbidden ||
		e.Status == http.StatusUnauthorized && (e.Reason == notAdministrator || e.Reason == notManagement)) {
		return errors.Join(rotator.ErrNotAllowed, err)
	}
	return err
}
