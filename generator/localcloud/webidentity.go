package localcloud

import "time"

// WebIdentityToken signs the token of a web identity for a rehearsal of
// sts:AssumeRoleWithWebIdentity, for example with the issuer
// https://token.actions.githubusercontent.com, the audience sts.amazonaws.com and the
// subject of a workflow. Only this cloud accepts it, and it accepts no other: see
// package sts.
func (c *Cloud) WebIdentityToken(issuer, subject, audience string, lifetime time.Duration) (string, error) {
	return c.minter.WebIdentity(issuer, subject, audience, lifetime)
}
