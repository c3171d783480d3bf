package lambda

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/restjson"
)

// errorTable is the only place where a kind becomes a code and a status
// (lambda.md, 1.2). Which letter the member of the text begins with, and whether
// the body says whose fault it is, is as was recorded.
var errorTable = restjson.Errors{
	fault.AlreadyExists:    {Code: "ResourceConflictException", Status: 409, Type: true},
	fault.CodeStorage:      {Code: "CodeStorageExceededException", Status: 400, Type: true},
	fault.Conflict:         {Code: "ResourceConflictException", Status: 409, Type: true},
	fault.Internal:         {Code: "ServiceException", Status: 500, Member: "Message", Type: true},
	fault.InvalidContent:   {Code: "InvalidRequestContentException", Status: 400, Type: true},
	fault.InvalidNextToken: {Code: "InvalidParameterValueException", Status: 400, Type: true},
	fault.InvalidParameter: {Code: "InvalidParameterValueException", Status: 400, Type: true},
	fault.InvalidRuntime:   {Code: "InvalidRuntimeException", Status: 502, Member: "Message", Type: true},
	fault.InvalidZip:       {Code: "InvalidZipFileException", Status: 502, Member: "Message", Type: true},
	fault.NotFound:         {Code: "ResourceNotFoundException", Status: 404, Member: "Message", Type: true},
	fault.NotReady:         {Code: "ResourceNotReadyException", Status: 502, Type: true},
	fault.PolicyTooLong:    {Code: "PolicyLengthExceededException", Status: 400, Type: true},
	fault.Precondition:     {Code: "PreconditionFailedException", Status: 412, Type: true},
	fault.Throttled:        {Code: "TooManyRequestsException", Status: 429, Type: true},

	fault.AccessDenied:          {Code: "AccessDeniedException", Status: 403, Member: "Message"},
	fault.ExpiredToken:          {Code: "ExpiredTokenException", Status: 403},
	fault.IncompleteSignature:   {Code: "IncompleteSignatureException", Status: 403},
	fault.InvalidSignature:      {Code: "InvalidSignatureException", Status: 403},
	fault.MissingAuthentication: {Code: "MissingAuthenticationTokenException", Status: 403},
	fault.Serialization:         {Code: "SerializationException", Status: 400},
	fault.TooLarge:              {Code: "RequestEntityTooLargeException", Status: 413},
	fault.UnknownOperation:      {Code: "UnknownOperationException", Status: 404},
	fault.UnrecognizedClient:    {Code: "UnrecognizedClientException", Status: 403},
	fault.Validation:            {Code: "ValidationException", Status: 400},
}
