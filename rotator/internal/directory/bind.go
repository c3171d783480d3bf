package directory

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
)

// Errors of a password policy (draft-behera-ldap-password-policy, 6.2).
const (
	policyExpired  = 0
	policyLocked   = 1
	policyReset    = 2
	policyQuality  = 5
	policyTooShort = 6
	policyHistory  = 8
)

// Bind logs in under a name that the server knows the credential's user by, with
// a simple bind. It fails with a *rotator.LoginError. MustChange tells of a user
// who is let in only to change the password.
func (c *Conn) Bind(ctx context.Context, name string, login rotator.Credential, r *contract.Report) (mustChange bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	var result *ldap.SimpleBindResult
	err = c.Do(ctx, func(l *ldap.Conn) (err error) {
		result, err = l.SimpleBind(ldap.NewSimpleBindRequest(name, string(login.Password.Reveal()), []ldap.Control{PolicyControl()}))
		return err
	})
	if err != nil {
		return false, bindFailed(login, err)
	}
	policy, ok := ldap.FindControl(result.Controls, ldap.ControlTypeBeheraPasswordPolicy).(*ldap.ControlBeheraPasswordPolicy)
	if !ok {
		return false, nil
	}
	if policy.Grace >= 0 {
		r.Note("the password of %q has expired; %d more logins are let in", login.Username, policy.Grace)
	}
	return policy.Error == policyReset, nil
}

// PolicyControl asks a server to say what its password policy thinks; one that
// has none takes no notice.
func PolicyControl() ldap.Control { return ldap.NewControlBeheraPasswordPolicy() }

// policyIn finds what a password policy said with an error.
func policyIn(answer *ldap.Error) (*ldap.ControlBeheraPasswordPolicy, bool) {
	if answer.Packet == nil || len(answer.Packet.Children) < 3 {
		return nil, false
	}
	for _, child := range answer.Packet.Children[2].Children {
		control, err := ldap.DecodeControl(child)
		if err != nil {
			continue
		}
		if policy, ok := control.(*ldap.ControlBeheraPasswordPolicy); ok && policy.Error >= 0 {
			return policy, true
		}
	}
	return nil, false
}
