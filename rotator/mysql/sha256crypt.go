package mysql

import "crypto/sha256"

// sha256Crypt is the digest of SHA-crypt ("Unix crypt using SHA-256"), whose
// steps the comments number. MySQL gives it 20 bytes of salt where the original
// uses 16 at most, which is why no library will do.
func sha256Crypt(password, salt []byte, rounds int) string {
	b := sum(password, salt, password) // 4-8
	a := sha256.New()                  // 1-3
	a.Write(password)
	a.Write(salt)
	a.Write(repeated(b, len(password)))      // 9-10
	for n := len(password); n > 0; n >>= 1 { // 11
		if n&1 != 0 {
			a.Write(b)
		} else {
			a.Write(password)
		}
	}
	digest := a.Sum(nil) // 12
	dp := sha256.New()   // 13-15
	for range password {
		dp.Write(password)
	}
	p := repeated(dp.Sum(nil), len(password)) // 16
	ds := sha256.New()                        // 17-19
	for range 16 + int(digest[0]) {
		ds.Write(salt)
	}
	s := repeated(ds.Sum(nil), len(salt)) // 20
	for i := range rounds {               // 21
		digest = round(digest, p, s, i)
	}
	return encode(digest) // 22
}

func round(digest, p, s []byte, i int) []byte {
	first, last := digest, p
	if i%2 != 0 {
		first, last = p, digest
	}
	parts := [][]byte{first}
	if i%3 != 0 {
		parts = append(parts, s)
	}
	if i%7 != 0 {
		parts = append(parts, p)
	}
	return sum(append(parts, last)...)
}

func sum(parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// repeated is a text of a length that consists of another again and again.
func repeated(text []byte, length int) []byte {
	out := make([]byte, length)
	for at := 0; at < length; {
		at += copy(out[at:], text)
	}
	return out
}

// encode writes a digest in the alphabet of crypt, three bytes at a time, taken
// from three thirds in turn, the lowest bits first.
func encode(d []byte) string {
	const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out []byte
	add := func(v uint32, n int) {
		for range n {
			out = append(out, alphabet[v&63])
			v >>= 6
		}
	}
	x, y, z := 0, 10, 20
	for range 10 {
		add(uint32(d[x])<<16|uint32(d[y])<<8|uint32(d[z]), 4)
		x, y, z = z+1, x+1, y+1
	}
	add(uint32(d[31])<<8|uint32(d[30]), 3)
	return string(out)
}
