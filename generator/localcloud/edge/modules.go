package edge

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"hash"

	"github.com/dop251/goja"
)

// querystringSource is the module querystring.
//
//go:embed querystring.js
var querystringSource string

// require loads one of the modules that functions have.
func require(vm *goja.Runtime, name string) goja.Value {
	switch name {
	case "crypto":
		return cryptoModule(vm)
	case "querystring":
		module, err := vm.RunScript("querystring.js", querystringSource)
		if err != nil {
			panic(vm.NewGoError(err))
		}
		return module
	}
	panic(vm.NewTypeError("the module " + name + " is not in the local cloud; crypto and querystring are"))
}

// cryptoModule has the hashes of Node.js that AWS has.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
func cryptoModule(vm *goja.Runtime) goja.Value {
	module := vm.NewObject()
	set(vm, module, "createHash", func(c goja.FunctionCall) goja.Value {
		return digester(vm, algorithm(vm, c.Argument(0).String())())
	})
	set(vm, module, "createHmac", func(c goja.FunctionCall) goja.Value {
		return digester(vm, hmac.New(algorithm(vm, c.Argument(0).String()), []byte(c.Argument(1).String())))
	})
	return module
}

func algorithm(vm *goja.Runtime, name string) func() hash.Hash {
	switch name {
	case "md5":
		return md5.New
	case "sha1":
		return sha1.New
	case "sha256":
		return sha256.New
	}
	panic(vm.NewTypeError("unknown algorithm " + name + "; md5, sha1 and sha256 are known"))
}

// digester is a hash or an HMAC as functions see it.
func digester(vm *goja.Runtime, h hash.Hash) goja.Value {
	object := vm.NewObject()
	set(vm, object, "update", func(c goja.FunctionCall) goja.Value {
		h.Write([]byte(c.Argument(0).String()))
		return object
	})
	set(vm, object, "digest", func(c goja.FunctionCall) goja.Value {
		sum := h.Sum(nil)
		switch encoding := c.Argument(0).String(); encoding {
		case "hex":
			return vm.ToValue(hex.EncodeToString(sum))
		case "base64":
			return vm.ToValue(base64.StdEncoding.EncodeToString(sum))
		case "base64url":
			return vm.ToValue(base64.RawURLEncoding.EncodeToString(sum))
		default:
			panic(vm.NewTypeError("the encoding of a digest is hex, base64 or base64url in the local cloud, not " + encoding))
		}
	})
	return object
}

func set(vm *goja.Runtime, object *goja.Object, name string, f func(goja.FunctionCall) goja.Value) {
	if err := object.Set(name, f); err != nil {
		panic(vm.NewGoError(err))
	}
}

// btoa and atob treat a string as bytes, one a character.
func btoa(vm *goja.Runtime) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		var data []byte
		for _, char := range c.Argument(0).String() {
			if char > 0xff {
				panic(vm.NewTypeError("btoa takes characters up to U+00FF"))
			}
			data = append(data, byte(char))
		}
		return vm.ToValue(base64.StdEncoding.EncodeToString(data))
	}
}

func atob(vm *goja.Runtime) func(goja.FunctionCall) goja.Value {
	return func(c goja.FunctionCall) goja.Value {
		data, err := base64.StdEncoding.DecodeString(c.Argument(0).String())
		if err != nil {
			panic(vm.NewTypeError("atob takes Base64"))
		}
		chars := make([]rune, len(data))
		for i, b := range data {
			chars[i] = rune(b)
		}
		return vm.ToValue(string(chars))
	}
}
