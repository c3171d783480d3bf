package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// Names of the secrets.
const (
	appSecret   = "shop/app"
	webSecret   = "shop/web"
	adminSecret = "shop/admin"
)

// timed does one thing and shows it.
func (d *demo) timed(label, text string, do func() error) error {
	began := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	d.screen.line(label, text, time.Since(began))
	return nil
}

// oneUser rotates a user that changes its own password.
func (d *demo) oneUser(ctx context.Context) error {
	d.screen.title("One user, who changes its own password")
	old := d.user("shop_app")
	if err := d.makeOne(ctx, old); err != nil {
		return err
	}
	h, err := d.rotate(ctx, &secretsmanager.RotateSecretInput{
		SecretId:          aws.String(appSecret),
		RotationLambdaARN: aws.String(function("SingleUser")),
		RotationRules:     &types.RotationRulesType{ScheduleExpression: aws.String("cron(0 4 ? * SUN *)")},
	}, "every Sunday at 4, cron(0 4 ? * SUN *), and now", map[string]string{
		"createSecret": "a new password is stored as AWSPENDING",
		"setSecret":    "shop_app gives itself the new password's SCRAM verifier",
		"testSecret":   "a login with the new password",
		"finishSecret": "AWSCURRENT moves to the new password",
	})
	if err != nil {
		return err
	}
	return d.proveOne(ctx, old, h)
}

func (d *demo) makeOne(ctx context.Context, c credential) error {
	if err := d.timed("CREATE DATABASE", "shop, with a table orders", func() error { return d.makeDatabase(ctx) }); err != nil {
		return err
	}
	if err := d.timed("CREATE ROLE", "shop_app, who may read orders and nothing else", func() error {
		return d.makeUser(ctx, c, "GRANT SELECT ON orders TO shop_app")
	}); err != nil {
		return err
	}
	if err := d.timed("CreateSecret", appSecret+", with host, user and password", func() error {
		_, err := d.create(ctx, appSecret, c)
		return err
	}); err != nil {
		return err
	}
	return d.timed("login", "shop_app reads its orders with what GetSecretValue gives", func() error {
		c, err := d.get(ctx, appSecret, current)
		if err != nil {
			return err
		}
		return d.accepted(ctx, c)
	})
}

func (d *demo) proveOne(ctx context.Context, old credential, h history) error {
	now, err := d.get(ctx, appSecret, current)
	if err != nil {
		return err
	}
	if now.Username != old.Username || now.Password == old.Password {
		return fmt.Errorf("AWSCURRENT of %s is not a new password of %s", appSecret, old.Username)
	}
	if err := d.refused(ctx, old); err != nil {
		return err
	}
	d.screen.promise("old password", "refused by PostgreSQL: password authentication failed (28P01)")
	if err := d.accepted(ctx, now); err != nil {
		return fmt.Errorf("the new password: %w", err)
	}
	d.screen.promise("new password", "works: shop_app reads its orders")
	d.screen.promise("gap", fmt.Sprintf("%s, from the change in PostgreSQL until AWSCURRENT had moved", readable(h.gap())))
	return d.next(ctx, appSecret)
}

// webTimeout is a setting of shop_web that its twin must get.
const webTimeout = "7s"

var twoSteps = map[string]string{
	"createSecret": "a new password for the other user is stored as AWSPENDING",
	"setSecret":    "the administrator gives it to the other user",
	"testSecret":   "a login as the other user",
	"finishSecret": "AWSCURRENT moves to the other user",
}

// twoUsers rotates two users who take turns, twice.
func (d *demo) twoUsers(ctx context.Context) error {
	d.screen.title("Two users who take turns")
	first := d.user("shop_web")
	if err := d.makeTwo(ctx, first); err != nil {
		return err
	}
	second, err := d.firstTurn(ctx, first)
	if err != nil {
		return err
	}
	if err := d.secondTurn(ctx, first, second); err != nil {
		return err
	}
	return d.next(ctx, webSecret)
}

func (d *demo) makeTwo(ctx context.Context, c credential) error {
	if err := d.timed("CREATE ROLE", "shop_web, member of shop_writers, statement_timeout "+webTimeout, func() error {
		return d.makeUser(ctx, c, "GRANT shop_writers TO shop_web; ALTER ROLE shop_web SET statement_timeout = '"+webTimeout+"'")
	}); err != nil {
		return err
	}
	if err := d.timed("CreateSecret", adminSecret+", the administrator who makes the second user", func() (err error) {
		c.MasterARN, err = d.create(ctx, adminSecret, d.admin())
		return err
	}); err != nil {
		return err
	}
	return d.timed("CreateSecret", webSecret+", whose masterarn names "+adminSecret, func() error {
		_, err := d.create(ctx, webSecret, c)
		return err
	})
}

// firstTurn turns rotation on: the second user appears. Meanwhile a client goes
// on logging in with whatever is current.
func (d *demo) firstTurn(ctx context.Context, first credential) (second credential, err error) {
	stop := d.keepLoggingIn(ctx, webSecret)
	_, err = d.rotate(ctx, &secretsmanager.RotateSecretInput{
		SecretId:          aws.String(webSecret),
		RotationLambdaARN: aws.String(function("MultiUser")),
		RotationRules:     &types.RotationRulesType{ScheduleExpression: aws.String("rate(30 days)")},
	}, "every 30 days, rate(30 days), and now", twoSteps)
	logins, clientErr := stop()
	if err != nil {
		return second, err
	}
	if clientErr != nil {
		return second, fmt.Errorf("a client was refused while %s was rotated: %w", webSecret, clientErr)
	}
	if second, err = d.get(ctx, webSecret, current); err != nil {
		return second, err
	}
	if second.Username != "shop_web_clone" {
		return second, fmt.Errorf("AWSCURRENT of %s is for %s, not shop_web_clone", webSecret, second.Username)
	}
	d.screen.promise("meanwhile", fmt.Sprintf("a client with AWSCURRENT logged in %d times, never refused", logins))
	return second, d.bothWrite(ctx, first, second)
}

// secondTurn rotates once more: it is the first user's turn again.
func (d *demo) secondTurn(ctx context.Context, first, second credential) error {
	if _, err := d.rotate(ctx, &secretsmanager.RotateSecretInput{SecretId: aws.String(webSecret)}, "once more", twoSteps); err != nil {
		return err
	}
	third, err := d.get(ctx, webSecret, current)
	if err != nil {
		return err
	}
	if third.Username != first.Username || third.Password == first.Password {
		return fmt.Errorf("AWSCURRENT of %s is not a new password of %s", webSecret, first.Username)
	}
	if err := d.bothWrite(ctx, second, third); err != nil {
		return err
	}
	if err := d.refused(ctx, first); err != nil {
		return err
	}
	d.screen.promise("first password", "of shop_web, two rotations old: refused (28P01)")
	return nil
}

// bothWrite proves that AWSPREVIOUS and AWSCURRENT both work, with the same
// rights.
func (d *demo) bothWrite(ctx context.Context, before, after credential) error {
	kept, err := d.get(ctx, webSecret, previous)
	if err != nil {
		return err
	}
	if kept != before {
		kept.MasterARN = before.MasterARN
		if kept != before {
			return fmt.Errorf("AWSPREVIOUS of %s is not what was current before", webSecret)
		}
	}
	for _, c := range []credential{before, after} {
		if err := d.writes(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.Username, err)
		}
	}
	d.screen.promise("both work", fmt.Sprintf("%s (AWSPREVIOUS) and %s (AWSCURRENT) write orders", before.Username, after.Username))
	return nil
}
