package audit

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// line writes the event as JSON. Every call waits for one, and its shape never
// changes: written out it costs a fifth of what reflection does.
func (e Event) line(now time.Time) []byte {
	w := writer{buf: make([]byte, 0, 1280)}
	w.open("")
	w.text("eventVersion", "1.08")
	e.UserIdentity.write(&w)
	w.time("eventTime", now)
	w.text("eventSource", Source)
	w.text("eventName", e.EventName)
	w.text("awsRegion", e.AWSRegion)
	w.text("sourceIPAddress", e.SourceIPAddress)
	w.text("userAgent", e.UserAgent)
	w.option("errorCode", e.ErrorCode)
	w.option("errorMessage", e.ErrorMessage)
	w.raw("requestParameters", e.RequestParameters)
	w.raw("responseElements", e.ResponseElements)
	if e.SecretID != "" {
		w.open("additionalEventData")
		w.text("SecretId", e.SecretID)
		w.close()
	}
	w.text("requestID", e.RequestID)
	w.text("eventID", uuid.NewString())
	w.truth("readOnly", e.ReadOnly)
	if len(e.Resources) > 0 {
		writeResources(&w, e.Resources)
	}
	w.text("eventType", e.EventType)
	w.truth("managementEvent", true)
	w.text("recipientAccountId", e.RecipientAccountID)
	w.text("eventCategory", "Management")
	w.close()
	return w.buf
}

func (i Identity) write(w *writer) {
	w.open("userIdentity")
	w.option("type", i.Type)
	w.option("principalId", i.PrincipalID)
	w.option("arn", i.ARN)
	w.option("accountId", i.AccountID)
	w.option("accessKeyId", i.AccessKeyID)
	w.option("invokedBy", i.InvokedBy)
	w.close()
}

func writeResources(w *writer, resources []Resource) {
	w.name("resources")
	w.buf = append(w.buf, '[')
	for i, r := range resources {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.open("")
		w.text("ARN", r.ARN)
		w.text("accountId", r.AccountID)
		w.text("type", r.Type)
		w.close()
	}
	w.buf = append(w.buf, ']')
}

// writer appends the members of JSON objects.
type writer struct{ buf []byte }

// open begins an object, under a name unless it is "".
func (w *writer) open(name string) {
	if name != "" {
		w.name(name)
	}
	w.buf = append(w.buf, '{')
}

func (w *writer) close() { w.buf = append(w.buf, '}') }

func (w *writer) name(name string) {
	if w.buf[len(w.buf)-1] != '{' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(append(append(w.buf, '"'), name...), '"', ':')
}

// text writes a text; invalid UTF-8, which a user agent may hold, is replaced.
func (w *writer) text(name, value string) {
	w.name(name)
	w.buf, _ = jsontext.AppendQuote(w.buf, value)
}

func (w *writer) time(name string, t time.Time) {
	w.name(name)
	w.buf = append(t.UTC().AppendFormat(append(w.buf, '"'), time.RFC3339), '"')
}

func (w *writer) truth(name string, t bool) {
	w.name(name)
	w.buf = strconv.AppendBool(w.buf, t)
}

// option writes a text unless it is empty.
func (w *writer) option(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

// raw writes JSON as it is, null when there is none, or when it is broken: a
// line of the trail must stay readable whatever it was made of.
func (w *writer) raw(name string, value []byte) {
	w.name(name)
	if !jsontext.Value(value).IsValid() {
		value = []byte("null")
	}
	w.buf = append(w.buf, value...)
}
