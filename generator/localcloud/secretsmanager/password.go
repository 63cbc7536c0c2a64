package secretsmanager

import (
	"crypto/rand"
	"math/big"
	"strings"

	"sendform/generator/localcloud/rpc"
)

const (
	defaultPassword = 32 // characters
	maxPassword     = 4096
)

type getRandomPasswordInput struct {
	ExcludeCharacters       string
	ExcludeLowercase        bool
	ExcludeNumbers          bool
	ExcludePunctuation      bool
	ExcludeUppercase        bool
	IncludeSpace            bool
	PasswordLength          *int
	RequireEachIncludedType *bool // true by default
}

type getRandomPasswordOutput struct{ RandomPassword string }

// kinds are the characters of each type that the password may have.
func (in getRandomPasswordInput) kinds() []string {
	var kinds []string
	for _, kind := range []struct {
		excluded   bool
		characters string
	}{
		{in.ExcludeLowercase, "abcdefghijklmnopqrstuvwxyz"},
		{in.ExcludeUppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{in.ExcludeNumbers, "0123456789"},
		{in.ExcludePunctuation, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
		{!in.IncludeSpace, " "},
	} {
		left := strings.Map(func(r rune) rune {
			if strings.ContainsRune(in.ExcludeCharacters, r) {
				return -1
			}
			return r
		}, kind.characters)
		if !kind.excluded && left != "" {
			kinds = append(kinds, left)
		}
	}
	return kinds
}

func (s *Service) getRandomPassword(_ rpc.Scope, in getRandomPasswordInput) (getRandomPasswordOutput, error) {
	var out getRandomPasswordOutput
	length := defaultPassword
	if in.PasswordLength != nil {
		length = *in.PasswordLength
	}
	kinds := in.kinds()
	needed := 1
	each := in.RequireEachIncludedType == nil || *in.RequireEachIncludedType
	if each {
		needed = len(kinds)
	}
	switch {
	case len(kinds) == 0:
		return out, invalidParameter("The character set is empty after the exclusions.")
	case length < needed || length > maxPassword:
		return out, invalidParameter("PasswordLength must be between %d and %d.", needed, maxPassword)
	}
	all := strings.Join(kinds, "")
	password := make([]byte, 0, length)
	for i := range length {
		from := all
		if each && i < len(kinds) {
			from = kinds[i]
		}
		password = append(password, from[below(len(from))])
	}
	for i := range password {
		j := below(i + 1)
		password[i], password[j] = password[j], password[i]
	}
	out.RandomPassword = string(password)
	return out, nil
}

// below is a random number from 0 to n-1 that nobody can guess.
func below(n int) int {
	number, _ := rand.Int(rand.Reader, big.NewInt(int64(n))) // never fails: see crypto/rand
	return int(number.Int64())
}
