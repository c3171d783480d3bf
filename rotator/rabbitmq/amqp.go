package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/rabbitmq/amqp091-go"
)

var (
	errSpeaksPlain = errors.New("the broker answered without TLS")
	errStatement   = errors.New(`a test statement is "queue NAME" or "exchange NAME"`)
)

// tryAMQP logs in as applications do.
func (s *session) tryAMQP(ctx context.Context) error {
	conn, err := s.openAMQP(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (s *session) openAMQP(ctx context.Context) (*amqp091.Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.credential.Address())
	if err != nil {
		return nil, err
	}
	if limit, ok := ctx.Deadline(); ok {
		conn.SetDeadline(limit)
	}
	if s.tls != nil {
		secure := tls.Client(conn, s.tls.Clone())
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, plainly(err)
		}
		conn = secure
	}
	return amqp091.Open(conn, amqp091.Config{
		Vhost:     s.credential.Database,
		SASL:      []amqp091.Authentication{&amqp091.PlainAuth{Username: s.credential.Username, Password: string(s.credential.Password.Reveal())}},
		Locale:    "en_US",
		Heartbeat: 10 * time.Second,
	})
}

// plainly names a broker that answers TLS with the header of its protocol.
func plainly(err error) error {
	var record tls.RecordHeaderError
	if errors.As(err, &record) && string(record.RecordHeader[:4]) == "AMQP" {
		return errSpeaksPlain
	}
	return err
}

// declared wants a queue or an exchange to exist, without making or changing it.
func (s *session) declared(ctx context.Context, statement string) error {
	kind, name, _ := strings.Cut(strings.TrimSpace(statement), " ")
	if name = strings.TrimSpace(name); name == "" || kind != "queue" && kind != "exchange" {
		return errStatement
	}
	conn, err := s.openAMQP(ctx)
	if err != nil {
		return classify(s.credential, err)
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	if kind == "queue" {
		_, err = channel.QueueDeclarePassive(name, false, false, false, false, nil)
	} else {
		err = channel.ExchangeDeclarePassive(name, "", false, false, false, false, nil)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
