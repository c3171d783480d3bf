package store

import (
	"encoding/binary"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

// packed is a Found in one piece without pointers: a third smaller, and nothing
// for the garbage collector to look through, where thousands are kept.
type packed []byte

// pack appends a Found.
func (p packed) pack(f *Found) packed {
	for _, text := range []string{f.ARN.Region, f.ARN.Account, f.ARN.Name} {
		p = append(binary.AppendUvarint(p, uint64(len(text))), text...)
	}
	for _, number := range []int64{
		f.Key, micros(f.DeleteAt), micros(f.Accessed), micros(f.Created), micros(f.VersionAccessed),
	} {
		p = binary.AppendVarint(p, number)
	}
	for _, text := range []string{
		f.ARN.Suffix, f.VersionID, strings.Join(f.Labels, separator), f.Sealed.KeyID, f.KeyID, f.Policy,
	} {
		p = append(binary.AppendUvarint(p, uint64(len(text))), text...)
	}
	for _, bytes := range [][]byte{f.tags, f.function, f.replicaOf, f.Sealed.DataKey} {
		p = append(binary.AppendUvarint(p, uint64(len(bytes))), bytes...)
	}
	return append(p, f.Sealed.Ciphertext...)
}

// unpack gives the Found of a key, nil when it is that of another. Its bytes are
// the packed ones, and must not be changed.
func (p packed) unpack(key cacheKey) *Found {
	for _, text := range []string{key.region, key.account, key.name} {
		if string(p.bytes()) != text {
			return nil
		}
	}
	f := &Found{ARN: secret.ARN{Region: key.region, Account: key.account, Name: key.name}}
	f.Key = p.number()
	f.DeleteAt, f.Accessed = fromMicros(p.number()), fromMicros(p.number())
	f.Created, f.VersionAccessed = fromMicros(p.number()), fromMicros(p.number())
	texts := p.texts()
	f.ARN.Suffix, f.VersionID, f.Labels = texts[0], texts[1], splitLabels(texts[2])
	f.Sealed.KeyID, f.KeyID, f.Policy = texts[3], texts[4], texts[5]
	f.tags, f.function, f.replicaOf, f.Sealed.DataKey = p.bytes(), p.bytes(), p.bytes(), p.bytes()
	if len(p) > 0 {
		f.Sealed.Ciphertext = p
	}
	return f
}

func (p *packed) number() int64 {
	v, n := binary.Varint(*p)
	*p = (*p)[n:]
	return v
}

// texts gives the texts that come next, parts of one string.
func (p *packed) texts() (texts [6]string) {
	from := *p
	var ends [len(texts)]int
	var lengths [len(texts)]int
	for i := range texts {
		lengths[i] = len(p.bytes())
		ends[i] = len(from) - len(*p)
	}
	all := string(from[:len(from)-len(*p)])
	for i := range texts {
		texts[i] = all[ends[i]-lengths[i] : ends[i]]
	}
	return texts
}

func (p *packed) bytes() []byte {
	length, n := binary.Uvarint(*p)
	out := (*p)[n : n+int(length)]
	*p = (*p)[n+int(length):]
	return out
}
