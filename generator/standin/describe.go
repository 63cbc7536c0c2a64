package standin

import "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

// Schema is what the stand-in serves, for whoever describes it. It must not be
// configured.
func Schema() *schema.Provider { return newProvider(Options{}).schema }
