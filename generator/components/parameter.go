package components

import "sendform/generator/environment"

// ParameterInputs are the variables of the parameter module.
type ParameterInputs struct {
	Name        string            `tf:"name" doc:"Name that functions read it by."`
	Description string            `tf:"description" doc:"What it is for."`
	Value       environment.Value `tf:"value" doc:"The value; no secret."`
}

func parameterKind() Kind {
	return Kind{
		Name:     ParameterKind,
		About:    "A value in Parameter Store that functions read at run time, because it is known too late for their environment.",
		Services: []string{"ssm"},
		Inputs:   ParameterInputs{},
		Outputs:  []string{"name"},
	}
}

func parameters(t environment.Target) []Component { return each(t.Parameters, t, parameter) }

func parameter(p environment.Parameter, t environment.Target) Component {
	return Component{
		Address: Address{ParameterKind, p.Label},
		Needs:   needsOf(p.Value),
		Inputs:  ParameterInputs{Name: p.Name, Description: p.Description, Value: p.Value},
		Resources: func() []Resource {
			return []Resource{{
				Type: ParameterResource, ID: environment.Literal(p.Name),
				Want: map[string]any{
					"type": "String", "tier": "Standard", "description": p.Description, "value": p.Value, "tags": tags(t),
					// What nobody asks for must be as Systems Manager makes it.
					"key": "", "pattern": "", "data_type": "text",
				},
			}}
		},
	}
}
