package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"

	"sendform/generator/localcloud/api"
)

// protocolCBOR is the value of the Smithy-Protocol header.
const protocolCBOR = "rpc-v2-cbor"

func isCBOR(r *api.Request) bool { return r.Header.Get("Smithy-Protocol") == protocolCBOR }

// fromCBOR rewrites a document as JSON, so that a service has one form of it.
func fromCBOR(data []byte) ([]byte, error) {
	value, err := cbor.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read CBOR: %w", err)
	}
	plain, err := fromValue(value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

func fromValue(value cbor.Value) (any, error) {
	switch value := value.(type) {
	case cbor.Map:
		plain := map[string]any{}
		for name, member := range value {
			member, err := fromValue(member)
			if err != nil {
				return nil, err
			}
			plain[name] = member
		}
		return plain, nil
	case cbor.List:
		plain := []any{}
		for _, element := range value {
			element, err := fromValue(element)
			if err != nil {
				return nil, err
			}
			plain = append(plain, element)
		}
		return plain, nil
	case *cbor.Tag: // a time, of which the seconds are enough
		return fromValue(value.Value)
	case cbor.NegInt:
		return cbor.AsInt64(value)
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil
	case cbor.String, cbor.Uint, cbor.Bool, cbor.Float32, cbor.Float64, cbor.Slice:
		return value, nil
	default:
		return nil, fmt.Errorf("read CBOR: a value of type %T", value)
	}
}

// toCBOR rewrites a document that is JSON.
func toCBOR(data []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return nil, fmt.Errorf("write CBOR: %w", err)
	}
	value, err := toValue(plain)
	if err != nil {
		return nil, err
	}
	return cbor.Encode(value), nil
}

func toValue(plain any) (cbor.Value, error) {
	switch plain := plain.(type) {
	case map[string]any:
		value := cbor.Map{}
		for name, member := range plain {
			converted, err := toValue(member)
			if err != nil {
				return nil, err
			}
			// CBOR tells times from numbers by a tag, which JSON has not. In the documents
			// of AWS that come as CBOR a time, and nothing else, is named so.
			if strings.HasSuffix(name, "Timestamp") {
				const seconds = 1
				converted = &cbor.Tag{ID: seconds, Value: converted}
			}
			value[name] = converted
		}
		return value, nil
	case []any:
		value := cbor.List{}
		for _, element := range plain {
			converted, err := toValue(element)
			if err != nil {
				return nil, err
			}
			value = append(value, converted)
		}
		return value, nil
	case string:
		return cbor.String(plain), nil
	case bool:
		return cbor.Bool(plain), nil
	case json.Number:
		return toNumber(plain)
	default:
		return &cbor.Nil{}, nil
	}
}

func toNumber(n json.Number) (cbor.Value, error) {
	if whole, err := n.Int64(); err == nil {
		if whole < 0 {
			return cbor.NegInt(-whole), nil
		}
		return cbor.Uint(whole), nil
	}
	fraction, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("write CBOR: %w", err)
	}
	return cbor.Float64(fraction), nil
}
