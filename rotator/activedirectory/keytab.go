package activedirectory

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/alberti-dev/alberti/secret"
)

// principals are the names that tickets of an account, or for it, may have.
func (a account) principals(realm string) []string {
	all := []string{a.name + "@" + realm}
	if prefix, suffix, ok := strings.Cut(a.upn, "@"); ok && strings.EqualFold(suffix, realm) {
		all = append(all, prefix+"@"+realm)
	}
	for _, spn := range a.spns {
		all = append(all, spn+"@"+realm)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// choose gives the principals that a keytab is to have: those wanted, or all. One
// that the account has not would be of no use, and its service would find out.
func (a account) choose(wanted []string, realm string) ([]string, error) {
	all := a.principals(realm)
	if len(wanted) == 0 {
		return all, nil
	}
	for _, name := range wanted {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("%s is no principal of the account %s, which has %s", name, a.name, strings.Join(all, ", "))
		}
	}
	return wanted, nil
}

// kindsOf reads msDS-SupportedEncryptionTypes ([MS-KILE] 2.2.7). Where nothing is
// said, tickets for the account may be of RC4, as they were before AES.
func kindsOf(supported string) (kinds []int32) {
	bits, err := strconv.ParseUint(supported, 10, 32)
	if err != nil || bits&0x1c == 0 {
		return anyKind
	}
	for i, bit := range []uint64{0x10, 0x08, 0x04} {
		if bits&bit != 0 {
			kinds = append(kinds, anyKind[i])
		}
	}
	return kinds
}

// makeKeytab makes a keytab of every key that a ticket for the account may be
// sealed with. The salts are those that the KDC named: after an account was
// renamed they are made of its old name. The same account and password always
// give the same bytes.
func makeKeytab(password secret.Value, said info, a account, names []string, realm string) ([]byte, error) {
	out := keytab.New()
	for _, kind := range a.kinds {
		entry, ok := said.saltOf(kind)
		if !ok {
			continue // the account has no such key, only older ones
		}
		key, err := passwordKey(password, entry)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if err := add(out, name, realm, a, key); err != nil {
				return nil, err
			}
		}
	}
	if len(out.Entries) == 0 {
		return nil, errors.New("the KDC named none of the types of keys that msDS-SupportedEncryptionTypes allows")
	}
	return out.Marshal()
}

// saltOf gives what goes into a type of key. A KDC may name only the best: all AES
// keys of an account have one salt, and those of RC4 have none.
func (i info) saltOf(kind int32) (types.ETypeInfo2Entry, bool) {
	if entry, ok := i.of(kind); ok || kind == etypeID.RC4_HMAC {
		return types.ETypeInfo2Entry{EType: kind, Salt: entry.Salt, S2KParams: entry.S2KParams}, true
	}
	for _, other := range aes {
		if entry, ok := i.of(other); ok {
			return types.ETypeInfo2Entry{EType: kind, Salt: entry.Salt}, true
		}
	}
	return types.ETypeInfo2Entry{}, false
}

// add adds an entry. The library makes keys with salts of its own choice, so its
// key is replaced.
func add(k *keytab.Keytab, name, realm string, a account, key types.EncryptionKey) error {
	name = strings.TrimSuffix(name, "@"+realm)
	if err := k.AddEntry(name, realm, "", a.setAt(), uint8(a.version), key.KeyType); err != nil {
		return err
	}
	entry := &k.Entries[len(k.Entries)-1]
	entry.Key, entry.KVNO = key, a.version
	entry.Principal.Components = strings.Split(name, "/")
	entry.Principal.NumComponents = int16(len(entry.Principal.Components))
	entry.Principal.NameType = nametype.KRB_NT_PRINCIPAL
	return nil
}

// setAt is when the password was set.
func (a account) setAt() time.Time {
	return time.Unix((a.set-unixEpoch)/int64(time.Second/tick), 0)
}

// parseKeytab reads keytabContents.
func parseKeytab(contents string) (*keytab.Keytab, error) {
	raw, err := base64.StdEncoding.DecodeString(contents)
	if err != nil {
		return nil, errors.New("keytabContents is not base64")
	}
	if len(raw) < 6 { // the library does not look
		return nil, errors.New("keytabContents is no keytab")
	}
	out := keytab.New()
	if err := out.Unmarshal(raw); err != nil {
		return nil, errors.New("keytabContents is no keytab")
	}
	return out, nil
}

// namesIn are the principals of a keytab, each once.
func namesIn(k *keytab.Keytab) []string {
	found := map[string]bool{}
	for _, e := range k.Entries {
		found[e.Principal.String()] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// versionIn is the version of the keys of a keytab, 0 when it has none.
func versionIn(k *keytab.Keytab) uint32 {
	if len(k.Entries) == 0 {
		return 0
	}
	return k.Entries[0].KVNO
}

// keytabKeys are the keys of a keytab, to log in with.
func keytabKeys(k *keytab.Keytab) keys {
	byType := map[int32]types.EncryptionKey{}
	for _, e := range k.Entries {
		byType[e.Key.KeyType] = e.Key
	}
	has := func(kind int32) bool { return len(byType[kind].KeyValue) > 0 }
	kinds := slices.DeleteFunc(slices.Clone(anyKind), func(kind int32) bool { return !has(kind) })
	return keys{kinds, func(said types.ETypeInfo2Entry) (types.EncryptionKey, error) {
		if !has(said.EType) {
			return types.EncryptionKey{}, errOpens
		}
		return byType[said.EType], nil
	}}
}
