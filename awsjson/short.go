package awsjson

import "github.com/alberti-dev/alberti/jsonwrite"

// Short is an input that reads for itself what nearly all of its requests say, in a
// sixth of the time that [Decode] takes. What it does not read is left to Decode.
type Short interface {
	ReadShort(data []byte) bool
}

// OnlyText gives the text of an object that has one member, of this name, which is
// written as compactly as SDKs do and needs no escapes: {"SecretId":"db"}. It gives
// false for all others.
func OnlyText(data []byte, name string) (text string, ok bool) {
	data, ok = within(data, `{"`, `"}`)
	if !ok || len(data) < len(name) || string(data[:len(name)]) != name {
		return "", false
	}
	data = data[len(name):]
	value, ok := within(data, `":"`, "")
	if !ok {
		value, ok = within(data, `": "`, "") // boto3's
	}
	text = string(value)
	return text, ok && jsonwrite.Plain(text)
}

func within(data []byte, before, after string) ([]byte, bool) {
	n := len(data) - len(after)
	if n < len(before) || string(data[:len(before)]) != before || string(data[n:]) != after {
		return nil, false
	}
	return data[len(before):n], true
}
