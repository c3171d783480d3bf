package activedirectory

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/directory"
	"github.com/alberti-dev/alberti/secret"
)

// SetPassword implements rotator.Session. A user changes its own password, which
// takes the old one; that of another is reset, which takes the right to.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	own := user == s.login.Username
	target, err := s.account(ctx, user)
	if err != nil {
		return err
	}
	request := ldap.NewModifyRequest(target.dn, nil)
	if own {
		request.Delete("unicodePwd", []string{unicodePwd(s.login.Password)})
		request.Add("unicodePwd", []string{unicodePwd(password)})
	} else {
		request.Replace("unicodePwd", []string{unicodePwd(password)})
	}
	if err := s.conn.Do(ctx, func(l *ldap.Conn) error { return l.Modify(request) }); err != nil {
		return s.refused(ctx, err, target, own)
	}
	if own {
		s.login.Password = password
	}
	return nil
}

// unicodePwd is a password as the attribute of that name takes it: in quotes, in
// UTF-16 ([MS-ADTS] 3.1.1.3.1.5).
func unicodePwd(password secret.Value) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(`"` + string(password.Reveal()) + `"`)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return string(out)
}

// refused says what a refusal means. The directory has one code for passwords
// against its rules and for those that are changed too soon; another password
// does not help with the second.
func (s *session) refused(ctx context.Context, err error, target account, own bool) error {
	if own && directory.IsRestricted(err) {
		wait, lookErr := s.tooSoon(ctx, target)
		if lookErr == nil && wait > 0 {
			return fmt.Errorf("the domain lets the user change the password again in %v: %w", wait, err)
		}
	}
	return directory.Refusal(err)
}

// ticks are Windows' units of time, from 1601 on.
const (
	tick      = 100 * time.Nanosecond
	unixEpoch = 116444736000000000 // in ticks
)

// tooSoon is how long a user must wait before changing its password again, by the
// controller's clock.
func (s *session) tooSoon(ctx context.Context, a account) (time.Duration, error) {
	again, err := s.find(ctx, a.dn)
	if err != nil {
		return 0, err
	}
	age, err := s.rule(ctx, again, "minPwdAge", "msDS-MinimumPasswordAge")
	if err != nil {
		return 0, err
	}
	found, err := s.search(ctx, "", ldap.ScopeBaseObject, "(objectClass=*)", "currentTime")
	if err != nil || len(found) == 0 {
		return 0, err
	}
	now, err := time.Parse("20060102150405.0Z", found[0].GetAttributeValue("currentTime"))
	if err != nil {
		return 0, err
	}
	until := again.set - unixEpoch - age // the age is kept as a negative number
	return time.Unix(until/int64(time.Second/tick), 0).Sub(now), nil
}

// complex is the bit of pwdProperties that asks for several kinds of characters.
const complex = 1

// Rules implements rotator.Ruler: those of the domain, or of the password policy
// of the user's own where it may be read.
func (s *session) Rules(ctx context.Context, user string) (rotator.Rules, error) {
	a, err := s.find(ctx, user)
	if err != nil {
		return rotator.Rules{}, err
	}
	length, err := s.rule(ctx, a, "minPwdLength", "msDS-MinimumPasswordLength")
	if err != nil {
		return rotator.Rules{}, err
	}
	properties, err := s.rule(ctx, a, "pwdProperties", "")
	return rotator.Rules{MinLength: int(length), EachType: properties&complex != 0}, err
}

// rule reads a number of the policy of the user's own, if there is one that may
// be read, or of the domain's. One that is missing is 0.
func (s *session) rule(ctx context.Context, a account, ofDomain, ofPolicy string) (int64, error) {
	if a.policy != "" && ofPolicy != "" {
		found, err := s.search(ctx, a.policy, ldap.ScopeBaseObject, "(objectClass=*)", ofPolicy)
		if err == nil && len(found) == 1 && found[0].GetAttributeValue(ofPolicy) != "" {
			return strconv.ParseInt(found[0].GetAttributeValue(ofPolicy), 10, 64)
		}
	}
	found, err := s.search(ctx, s.domain.base, ldap.ScopeBaseObject, "(objectClass=*)", ofDomain)
	if err != nil || len(found) == 0 || found[0].GetAttributeValue(ofDomain) == "" {
		return 0, err
	}
	return strconv.ParseInt(found[0].GetAttributeValue(ofDomain), 10, 64)
}
