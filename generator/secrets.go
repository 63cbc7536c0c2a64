package main

import (
	"fmt"
	"os"
	"strings"

	"sendform/generator/environment"
)

// secretVariable is the variable of the deploying process that has a secret's
// value: SENDFORM_SECRET_API_KEY for secret.api-key.
func secretVariable(label string) string {
	return "SENDFORM_SECRET_" + strings.ToUpper(strings.ReplaceAll(label, "-", "_"))
}

// secretsOf reads the values of a target's secrets. All that are missing are named
// at once, before anything starts.
func secretsOf(t environment.Target) (map[string]string, error) {
	values := map[string]string{}
	var missing []string
	for _, s := range t.Secrets {
		value := os.Getenv(secretVariable(s.Label))
		if value == "" {
			missing = append(missing, fmt.Sprintf("%s for secret.%s", secretVariable(s.Label), s.Label))
		}
		values[s.Label] = value
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: these variables have the values of secrets, and are not set: %s; nothing was changed", t.Key(), strings.Join(missing, ", "))
	}
	return values, nil
}
