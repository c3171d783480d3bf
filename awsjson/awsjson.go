// Package awsjson is the wire: AWS JSON 1.1 over HTTP, whatever the service.
//
// [Handler] is the one door. A request passes, in this order, the signature,
// the target, the decoder, the constraints of the service's model and then the
// operation; every answer and every refusal leaves through one encoder and one
// error table (secrets-manager.md, sections 1.1 to 1.8).
//
// Two promises are kept here for everybody. A sensitive value (see [Sensitive])
// is written in clear only by [Encode], into the answer to its reader; it shows
// neither in logs nor in errors nor in the audit view of a request. And an error
// that has no kind tells the client nothing but the request's id.
package awsjson
