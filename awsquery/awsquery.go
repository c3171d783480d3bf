// Package awsquery is the other wire of AWS: parameters in a form, answers in
// XML, as IAM and STS speak it, whatever the service (iam-kms.md, 3.1).
//
// [Handler] is the one door. A request passes, in this order, the form, the
// signature, the table of operations, the decoder and then the service; every
// answer and every refusal leaves through one encoder and one error table.
//
// Wire structs are those of awsjson: the json tag of a field is its member's name
// in the model, on this wire as in the audit trail, and a sensitive member is
// written in clear only into the answer to its reader.
package awsquery
