package awsquery

import (
	"net/http"
	"reflect"
	"strconv"
)

// answer writes the one answer to a request.
type answer struct {
	w         http.ResponseWriter
	id        string
	namespace string // of the service that was asked; "" before it is known
}

// outer opens the element that everything is in.
func (a answer) outer(e *encoder, name string) {
	if a.namespace == "" {
		e.open(name)
		return
	}
	e.WriteString("<" + name + ` xmlns="` + a.namespace + `">`)
}

// succeed answers with the output of an operation, nil for none. When it gives
// an error nothing was written.
func (a answer) succeed(operation string, output any) error {
	e := &encoder{}
	a.outer(e, operation+"Response")
	if output != nil {
		if err := e.element(operation+"Result", reflect.ValueOf(output)); err != nil {
			return err
		}
	}
	e.open("ResponseMetadata")
	e.text("RequestId", a.id)
	e.close("ResponseMetadata")
	e.close(operation + "Response")
	a.write(http.StatusOK, e.Bytes())
	return nil
}

// fail answers with an error.
func (a answer) fail(err error) {
	r := rowOf(err)
	blamed := "Sender"
	if r.status >= 500 {
		blamed = "Receiver"
	}
	e := &encoder{}
	a.outer(e, "ErrorResponse")
	e.open("Error")
	e.text("Type", blamed)
	e.text("Code", r.code)
	e.text("Message", Message(err))
	e.close("Error")
	e.text("RequestId", a.id)
	e.close("ErrorResponse")
	a.write(r.status, e.Bytes())
}

func (a answer) write(status int, body []byte) {
	h := a.w.Header()
	h.Set("X-Amzn-Requestid", a.id)
	h.Set("Content-Type", "text/xml")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	a.w.Write(body) // fails only when the client is gone
}
