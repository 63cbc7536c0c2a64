package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Tokens speaks to Admin. Key and KeyHeader may be empty to validate only.
// Errors other than a failed connection are a *StatusError.
type Tokens struct {
	HTTP      *http.Client
	BaseURL   string
	KeyHeader string // name of the header that carries the API key
	Key       string
}

// Token is an access token. Secret is known once, when it is issued.
type Token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Secret  string    `json:"token"`
}

// Issue makes an access token for an owner of that name.
func (t Tokens) Issue(ctx context.Context, name string) (Token, error) {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return Token{}, fmt.Errorf("encode token's name: %w", err)
	}
	issue := t.call(http.MethodPost, "/tokens", http.StatusCreated)
	issue.contentType = "application/json"
	issue.body = body
	var token Token
	err = issue.doJSON(ctx, t.HTTP, t.BaseURL, &token)
	return token, err
}

// List returns the tokens that are valid, without their secrets.
func (t Tokens) List(ctx context.Context) ([]Token, error) {
	var list struct {
		Tokens []Token `json:"tokens"`
	}
	err := t.call(http.MethodGet, "/tokens", http.StatusOK).doJSON(ctx, t.HTTP, t.BaseURL, &list)
	return list.Tokens, err
}

// Revoke ends a token.
func (t Tokens) Revoke(ctx context.Context, id string) error {
	_, err := t.call(http.MethodDelete, "/tokens/"+url.PathEscape(id), http.StatusNoContent).do(ctx, t.HTTP, t.BaseURL)
	return err
}

// Validate tells whose token this is and whether it is valid. It needs no key.
func (t Tokens) Validate(ctx context.Context, secret string) (owner string, valid bool, err error) {
	body, err := json.Marshal(map[string]string{"token": secret})
	if err != nil {
		return "", false, fmt.Errorf("encode token: %w", err)
	}
	validate := call{method: http.MethodPost, path: "/tokens/validate", contentType: "application/json", body: body, want: http.StatusOK}
	var judged struct {
		Valid bool   `json:"valid"`
		Name  string `json:"name"`
	}
	err = validate.doJSON(ctx, t.HTTP, t.BaseURL, &judged)
	return judged.Name, judged.Valid, err
}

func (t Tokens) call(method, path string, want int) call {
	return call{method: method, path: path, header: t.KeyHeader, secret: t.Key, want: want}
}
