package activedirectory

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/alberti-dev/alberti/rotator/internal/directory"
	"github.com/alberti-dev/alberti/secret"
)

// kdc is a domain controller as a key distribution centre (RFC 4120).
type kdc struct{ address, realm string }

// kdc is where the session's host is one; the kdc key names another.
func (s *session) kdc() kdc {
	address := s.login.Text("kdc")
	if address == "" {
		address = s.login.Host
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, "88")
	}
	return kdc{address, s.domain.realm()}
}

// info is what a KDC says that goes into the key of an account: encryption types,
// with their salts.
type info []types.ETypeInfo2Entry

// keys are who logs in: a password, or a keytab.
type keys struct {
	types []int32 // encryption types, the best first
	key   func(types.ETypeInfo2Entry) (types.EncryptionKey, error)
}

// The encryption types that Active Directory has, the best first.
var (
	aes     = []int32{etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA1_96}
	anyKind = append(slices.Clone(aes), etypeID.RC4_HMAC)
)

func passwordKeys(password secret.Value) keys {
	return keys{anyKind, func(e types.ETypeInfo2Entry) (types.EncryptionKey, error) {
		return passwordKey(password, e)
	}}
}

// passwordKey is the key of a password, with the salt that the KDC named.
func passwordKey(password secret.Value, e types.ETypeInfo2Entry) (types.EncryptionKey, error) {
	kind, err := crypto.GetEtype(e.EType)
	if err != nil {
		return types.EncryptionKey{}, err
	}
	params := kind.GetDefaultStringToKeyParams()
	if len(e.S2KParams) > 0 {
		params = hex.EncodeToString(e.S2KParams)
	}
	key, err := kind.StringToKey(string(password.Reveal()), e.Salt, params)
	return types.EncryptionKey{KeyType: e.EType, KeyValue: key}, err
}

// login gets a ticket, as kinit does, and gives what the KDC said of the account's
// keys. The name is a sAMAccountName.
func (k kdc) login(ctx context.Context, name string, who keys) (info, error) {
	ctx, cancel := context.WithTimeout(ctx, directory.Timeout)
	defer cancel()
	request, err := k.request(name, who.types)
	if err != nil {
		return nil, err
	}
	reply, err := k.exchange(ctx, request)
	var refusal messages.KRBError
	if err == nil {
		// The account needs no pre-authentication: the key must open the ticket.
		said := infoIn(reply.PAData)
		if len(said) == 0 {
			said = info{{EType: reply.EncPart.EType, Salt: request.ReqBody.CName.GetSalt(k.realm)}}
		}
		return said, who.opens(request, reply, said)
	}
	if !errors.As(err, &refusal) || refusal.ErrorCode != errorcode.KDC_ERR_PREAUTH_REQUIRED {
		return nil, err
	}
	var data types.PADataSequence
	if err := data.Unmarshal(refusal.EData); err != nil {
		return nil, fmt.Errorf("the KDC's demand for pre-authentication: %w", err)
	}
	said := infoIn(data)
	proof, err := who.proof(said)
	if err != nil {
		return said, err
	}
	request.PAData = append(request.PAData, proof)
	if reply, err = k.exchange(ctx, request); err != nil {
		return said, err
	}
	return said, who.opens(request, reply, said)
}

func (k kdc) request(name string, kinds []int32) (messages.ASReq, error) {
	c := config.New()
	c.LibDefaults.DefaultTktEnctypeIDs = kinds
	c.LibDefaults.TicketLifetime = 5 * time.Minute
	return messages.NewASReqForTGT(k.realm, c, types.PrincipalName{NameType: nametype.KRB_NT_PRINCIPAL, NameString: []string{name}})
}

// infoIn finds ETYPE-INFO2 (RFC 4120, 5.2.7.5).
func infoIn(data types.PADataSequence) info {
	for _, pa := range data {
		if pa.PADataType == patype.PA_ETYPE_INFO2 {
			if entries, err := pa.GetETypeInfo2(); err == nil {
				return info(entries)
			}
		}
	}
	return nil
}

// of gives what was said of an encryption type.
func (i info) of(kind int32) (types.ETypeInfo2Entry, bool) {
	at := slices.IndexFunc(i, func(e types.ETypeInfo2Entry) bool { return e.EType == kind })
	if at < 0 {
		return types.ETypeInfo2Entry{}, false
	}
	return i[at], true
}

// proof is pre-authentication by an encrypted time (RFC 4120, 5.2.7.2).
func (who keys) proof(said info) (types.PAData, error) {
	for _, kind := range who.types {
		entry, ok := said.of(kind)
		if !ok {
			continue
		}
		key, err := who.key(entry)
		if err != nil {
			return types.PAData{}, err
		}
		now, err := types.GetPAEncTSEncAsnMarshalled()
		if err != nil {
			return types.PAData{}, err
		}
		sealed, err := crypto.GetEncryptedData(now, key, keyusage.AS_REQ_PA_ENC_TIMESTAMP, 0)
		if err != nil {
			return types.PAData{}, err
		}
		out, err := sealed.Marshal()
		return types.PAData{PADataType: patype.PA_ENC_TIMESTAMP, PADataValue: out}, err
	}
	return types.PAData{}, errors.New("the KDC has none of our encryption types for the account")
}

// errOpens: the KDC answered, with a ticket that is for another key.
var errOpens = errors.New("the key does not open the KDC's answer")

// opens tells whether the KDC knows our key, too: its answer is sealed with it.
func (who keys) opens(request messages.ASReq, reply messages.ASRep, said info) error {
	entry, ok := infoIn(reply.PAData).of(reply.EncPart.EType)
	if !ok {
		if entry, ok = said.of(reply.EncPart.EType); !ok {
			return fmt.Errorf("the KDC used encryption type %d, of which it had not said anything", reply.EncPart.EType)
		}
	}
	key, err := who.key(entry)
	if err != nil {
		return err
	}
	plain, err := crypto.DecryptEncPart(reply.EncPart, key, keyusage.AS_REP_ENCPART)
	if err != nil {
		return errOpens
	}
	var part messages.EncKDCRepPart
	if err := part.Unmarshal(plain); err != nil {
		return err
	}
	if part.Nonce != request.ReqBody.Nonce {
		return errors.New("the KDC answered another request")
	}
	return nil
}

// maxReply is more than a ticket of a user in a thousand groups.
const maxReply = 1 << 20

// exchange sends a request over TCP (RFC 4120, 7.2.2). The error may be the KDC's
// own, a messages.KRBError.
func (k kdc) exchange(ctx context.Context, request messages.ASReq) (messages.ASRep, error) {
	var reply messages.ASRep
	out, err := request.Marshal()
	if err != nil {
		return reply, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", k.address)
	if err != nil {
		return reply, away{err}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in, err := roundTrip(conn, out)
	if err != nil {
		return reply, away{errors.Join(ctx.Err(), err)}
	}
	var refusal messages.KRBError
	if refusal.Unmarshal(in) == nil {
		return reply, refusal
	}
	return reply, reply.Unmarshal(in)
}

func roundTrip(conn net.Conn, out []byte) ([]byte, error) {
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(out))), out...)); err != nil {
		return nil, err
	}
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxReply {
		return nil, fmt.Errorf("the KDC announces %d bytes", n)
	}
	in := make([]byte, n)
	_, err := io.ReadFull(conn, in)
	return in, err
}
