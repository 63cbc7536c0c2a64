package standin

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// The shapes that schemas are made of. They are functions because the plugin SDK
// keeps the pointers, and a shape may be changed after it was made.

func optionalString() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Optional: true}
}

func requiredString() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Required: true}
}

func computedString() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Computed: true}
}

func optionalComputedString() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Optional: true, Computed: true}
}

func optionalBool() *schema.Schema {
	return &schema.Schema{Type: schema.TypeBool, Optional: true}
}

func boolDefault(value bool) *schema.Schema {
	return &schema.Schema{Type: schema.TypeBool, Optional: true, Default: value}
}

func optionalInt() *schema.Schema {
	return &schema.Schema{Type: schema.TypeInt, Optional: true}
}

func stringMap() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func stringSet() *schema.Schema {
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func stringList() *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

// optionalBlock is a block that stands there once or not at all.
func optionalBlock(attributes map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeList, Optional: true, MaxItems: 1,
		Elem: &schema.Resource{Schema: attributes},
	}
}

// requiredBlock is a block that stands there once.
func requiredBlock(attributes map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeList, Required: true, MaxItems: 1,
		Elem: &schema.Resource{Schema: attributes},
	}
}

// required makes a shape required.
func required(s *schema.Schema) *schema.Schema {
	s.Required, s.Optional = true, false
	return s
}

// computed makes a shape take its value from AWS when none is given.
func computed(s *schema.Schema) *schema.Schema {
	s.Computed = true
	return s
}

// forceNew makes a change of a shape replace the resource.
func forceNew(s *schema.Schema) *schema.Schema {
	s.ForceNew = true
	return s
}

// deprecated marks a shape with what to use in its place.
func deprecated(s *schema.Schema, use string) *schema.Schema {
	s.Deprecated = use
	return s
}

// checked adds a check that runs before anything is planned.
func checked(s *schema.Schema, check func(any, string) ([]string, []error)) *schema.Schema {
	s.ValidateDiagFunc = validation.ToDiagFunc(check)
	return s
}

// oneOf checks a shape against the values of one of AWS's enumerations.
func oneOf[E ~string](s *schema.Schema, values []E) *schema.Schema {
	names := make([]string, 0, len(values))
	for _, value := range values {
		names = append(names, string(value))
	}
	return checked(s, validation.StringInSlice(names, false))
}

// arnOnly checks that a shape holds an ARN.
func arnOnly(s *schema.Schema) *schema.Schema {
	return checked(s, func(value any, argument string) ([]string, []error) {
		if text, _ := value.(string); text != "" && !arn.IsARN(text) {
			return nil, []error{fmt.Errorf("%s must be an ARN, got %q", argument, text)}
		}
		return nil, nil
	})
}

// stringDefault is a string with a default.
func stringDefault(value string) *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Optional: true, Default: value}
}

// intDefault is a number with a default.
func intDefault(value int) *schema.Schema {
	return &schema.Schema{Type: schema.TypeInt, Optional: true, Default: value}
}

// blockSet is blocks without an order.
func blockSet(attributes map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: attributes}}
}

// readOnly copies the shapes of a resource type for a data source, which reads all
// that the resource type takes.
func readOnly(attributes map[string]*schema.Schema) map[string]*schema.Schema {
	copied := map[string]*schema.Schema{}
	for name, s := range attributes {
		element := s.Elem
		switch e := s.Elem.(type) {
		case *schema.Resource:
			element = &schema.Resource{Schema: readOnly(e.Schema)}
		case *schema.Schema:
			element = &schema.Schema{Type: e.Type}
		}
		copied[name] = &schema.Schema{Type: s.Type, Computed: true, Elem: element}
	}
	return copied
}

// conflicts names the arguments that a shape cannot stand beside.
func conflicts(s *schema.Schema, others ...string) *schema.Schema {
	s.ConflictsWith = others
	return s
}

// atLeastOne refuses a block that is given as an empty list.
func atLeastOne(s *schema.Schema) *schema.Schema {
	s.MinItems = 1
	return s
}

// atMost limits how many elements a shape has.
func atMost(s *schema.Schema, elements int) *schema.Schema {
	s.MaxItems = elements
	return s
}

// sensitive keeps the value of a shape out of what Terraform prints.
func sensitive(s *schema.Schema) *schema.Schema {
	s.Sensitive = true
	return s
}

// writeOnly makes a shape's value reach the provider and nothing else: it is in no
// plan and no state. writeOnlyString reads it.
func writeOnly(s *schema.Schema) *schema.Schema {
	s.WriteOnly = true
	return s
}

// exactlyOne names the arguments of which one must be given.
func exactlyOne(s *schema.Schema, arguments ...string) *schema.Schema {
	s.ExactlyOneOf = arguments
	return s
}

// requires names the argument that must be given beside a shape.
func requires(s *schema.Schema, other string) *schema.Schema {
	s.RequiredWith = []string{other}
	return s
}
