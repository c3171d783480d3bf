package rotator

import (
	"fmt"
	"slices"
	"strings"
)

// What a secret's tags say of its rotation. Whoever may write the value may not
// write these: TagResource is a permission of its own.
const (
	tagPrefix      = "alberti:" // before PASSWORD_LENGTH, EXCLUDE_CHARACTERS and so on
	tagStatement   = tagPrefix + "test-statement"
	TagStrategy    = tagPrefix + "strategy"  // of managed rotation
	TagMaster      = tagPrefix + "masterarn" // the administrator's secret
	TagUsername    = tagPrefix + "username"  // whose password the administrator may reset; one of a pair
	tagAlternate   = tagPrefix + "alternate-username"
	tagOtherUser   = tagPrefix + "other-user"
	otherUserAdopt = "adopt"    // an existing user may be taken over
	otherUserExist = "existing" // users are never made: both exist
)

// options are the tags of a secret, read.
type options struct {
	passwords PasswordPolicy
	statement string // what testSecret runs
	master    string // the secret of the administrator; the value's masterarn must agree
	username  string // whose password the administrator may reset unasked
	alternate string // the second of two alternating users
	adopt     bool
	existing  bool
}

// readOptions reads the tags over the function's policy: who mistypes one hears
// of it.
func readOptions(tags map[string]string, p PasswordPolicy) (options, error) {
	o := options{
		statement: tags[tagStatement], master: tags[TagMaster],
		username: tags[TagUsername], alternate: tags[tagAlternate],
	}
	var err error
	o.passwords, err = p.With(func(name string) (string, bool) {
		text, ok := tags[tagPrefix+name]
		return text, ok
	})
	if err != nil {
		return o, fmt.Errorf("tag %s%w", tagPrefix, err)
	}
	switch tags[tagOtherUser] {
	case "":
	case otherUserAdopt:
		o.adopt = true
	case otherUserExist:
		o.adopt, o.existing = true, true
	default:
		return o, fmt.Errorf("tag %s must be %s or %s", tagOtherUser, otherUserAdopt, otherUserExist)
	}
	return o, knownTags(tags)
}

// knownTags refuses tags under our prefix that mean nothing.
func knownTags(tags map[string]string) error {
	for key := range tags {
		name, ours := strings.CutPrefix(key, tagPrefix)
		if ours && !slices.Contains([]string{tagStatement, TagStrategy, TagMaster, TagUsername, tagAlternate, tagOtherUser}, key) &&
			!slices.Contains(PasswordOptions(), name) {
			return fmt.Errorf("there is no option of rotation called %s", key)
		}
	}
	return nil
}

// otherThan is the other user of the pair that the tags name.
func (o options) otherThan(t Traits, user string) (string, error) {
	if t.sameUser(o.username, o.alternate) {
		return "", fmt.Errorf("tags %s and %s name the same user", TagUsername, tagAlternate)
	}
	switch user {
	case o.username:
		return o.alternate, nil
	case o.alternate:
		if o.username == "" {
			return "", fmt.Errorf("tag %s goes with tag %s", tagAlternate, TagUsername)
		}
		return o.username, nil
	}
	return "", fmt.Errorf("user %s is neither of the two that tags %s and %s name", user, TagUsername, tagAlternate)
}
