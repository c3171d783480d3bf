package main

import (
	"context"
	"errors"
	"fmt"
)

const byHand = `
It runs until Ctrl-C. In another terminal:

  eval "$(%[1]s env --data %[2]s)"
  alias alberti=%[1]s
  alias aws="aws --endpoint-url $AWS_ENDPOINT_URL"   # an AWS CLI before 2.13, such as Debian 12's, needs it

  aws secretsmanager list-secrets
  aws secretsmanager get-secret-value --secret-id shop/app
  aws secretsmanager rotate-secret --secret-id shop/app
  alberti rotation list
  alberti rotation show shop/app

  export PGPASSWORD=$(aws secretsmanager get-secret-value --secret-id shop/app \
    --query SecretString --output text | sed 's/.*"password":"\([^"]*\)".*/\1/')
  psql -h %[3]s -p %[4]d -U shop_app %[5]s -c 'SELECT * FROM orders'

  tail -f %[6]s %[2]s/audit/*.jsonl
`

// wait leaves everything running until it is told to stop, or the server ends.
func (d *demo) wait(ctx context.Context) error {
	d.screen.text(fmt.Sprintf(byHand, d.program, d.data(), d.postgres.Host, d.postgres.Port, database, d.log()))
	select {
	case <-ctx.Done():
		d.screen.text("\nStopping; all of it is removed.")
		return nil
	case <-d.alberti.Done():
		return errors.New("alberti serve has ended by itself")
	}
}
