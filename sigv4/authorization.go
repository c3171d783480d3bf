package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// authorization is a parsed Authorization header.
type authorization struct {
	credential    Credential
	signedHeaders string // lower-case names joined by ";", as they came
	signature     string
}

// String gives the header that parses into a.
func (a authorization) String() string {
	return algorithm + " Credential=" + a.credential.String() +
		", SignedHeaders=" + a.signedHeaders + ", Signature=" + a.signature
}

// parseAuthorization reads an Authorization header. What it refuses is
// IncompleteSignature, but for a credential scope with another terminator,
// which is InvalidSignature. A missing date is told together with the missing
// parameters, so dated says whether the request has one.
func parseAuthorization(header string, dated bool) (authorization, error) {
	if strings.TrimSpace(header) == "" {
		return authorization{}, fault.New(fault.IncompleteSignature, "Authorization header cannot be empty")
	}
	scheme, rest, _ := strings.Cut(header, " ")
	params, err := parseParameters(header, rest)
	if err != nil {
		return authorization{}, err
	}
	if err := params.complete(header, dated); err != nil {
		return authorization{}, err
	}
	if scheme != algorithm {
		return authorization{}, fault.New(fault.IncompleteSignature, "Unsupported AWS 'algorithm': '%s'.", scheme)
	}
	credential, err := parseCredential(params.credential)
	if err != nil {
		return authorization{}, err
	}
	return authorization{credential, params.signedHeaders, params.signature}, nil
}

// parameters are the three that the header must have.
type parameters struct{ credential, signedHeaders, signature string }

// parseParameters reads the comma-separated part after the algorithm. Unknown
// parameters are passed over, a repeated one is refused.
func parseParameters(header, list string) (parameters, error) {
	var p parameters
	for pair := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			continue // told as a missing parameter, if it was to be one
		}
		var field *string
		switch name {
		case "Credential":
			field = &p.credential
		case "SignedHeaders":
			field = &p.signedHeaders
		case "Signature":
			field = &p.signature
		default:
			continue
		}
		if *field != "" {
			return p, incomplete("Authorization header has more than one '"+name+"' parameter. ", header)
		}
		*field = strings.TrimSpace(value)
	}
	return p, nil
}

// complete names every missing part in one error, in AWS's order.
func (p parameters) complete(header string, dated bool) error {
	var missing strings.Builder
	for _, part := range []struct{ name, value string }{
		{"Credential", p.credential},
		{"Signature", p.signature},
		{"SignedHeaders", p.signedHeaders},
	} {
		if part.value == "" {
			missing.WriteString("Authorization header requires '" + part.name + "' parameter. ")
		}
	}
	if !dated {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() == 0 {
		return nil
	}
	return incomplete(missing.String(), header)
}

// incomplete ends a text with a digest of the header, as AWS's newer builds do:
// the header itself may hold a good signature, or another service's password.
func incomplete(text, header string) error {
	sum := sha256.Sum256([]byte(header))
	return fault.New(fault.IncompleteSignature, "%s(Hashed with SHA-256 and encoded with Base64) Authorization=%s",
		text, base64.StdEncoding.EncodeToString(sum[:]))
}

// parseCredential reads keyid/date/region/service/aws4_request.
func parseCredential(s string) (Credential, error) {
	var part [5]string
	n := 0
	for p := range strings.SplitSeq(s, "/") {
		if n < len(part) {
			part[n] = p
		}
		n++
	}
	if n != len(part) || part[0] == "" {
		return Credential{}, fault.New(fault.IncompleteSignature,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", s)
	}
	if part[4] != terminator {
		return Credential{}, fault.New(fault.InvalidSignature,
			"Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, part[4])
	}
	return Credential{AccessKeyID: part[0], Date: part[1], Region: part[2], Service: part[3]}, nil
}
