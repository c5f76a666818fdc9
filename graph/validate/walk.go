package validate

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// The steps that validation may take. gqlparser walks what a fragment reaches once for every operation and every
// fragment that spreads it, and sets of overlapping fields can be exponential in number; a document of people's takes
// a few steps for each of its tokens.
const (
	stepsPerDocument = 200_000
	stepsPerToken    = 5
	stepsPerError    = 500 // with its suggestions, made and perhaps dropped, because it was made before
)

// replaced are the rules of gqlparser that this package has its own versions of.
var replaced = []string{rules.OverlappingFieldsCanBeMergedRule.Name, rules.ValuesOfCorrectTypeRule.Name}

// specified are the rules that are checked while the document is walked, in the order of their names.
var specified = func() []core.Rule {
	list := []core.Rule{{Name: rules.ValuesOfCorrectTypeRule.Name, RuleFunc: valuesOfCorrectType}}
	for name, rule := range rules.NewDefaultRules().GetInner() {
		if !slices.Contains(replaced, name) {
			list = append(list, core.Rule{Name: name, RuleFunc: rule})
		}
	}
	slices.SortFunc(list, func(a, b core.Rule) int { return strings.Compare(a.Name, b.Name) })
	return list
}()

// validation is the validation of one document.
type validation struct {
	ctx      context.Context //nolint:containedctx // of the request, which may end meanwhile
	schema   *ast.Schema
	document *ast.QueryDocument

	steps, maxSteps int
	errs            gqlerror.List
	refused         error // why validation was given up
}

// run returns what is wrong with the document.
func (v *validation) run() gqlerror.List {
	v.untilStopped(v.walk)
	if len(v.errs) == 0 && v.refused == nil { // overlapping fields are looked for only where all of them are known
		v.untilStopped(v.checkOverlaps)
	}
	if v.refused != nil && (len(v.errs) == 0 || isContextError(v.refused)) { // other errors are a better reason than a limit
		return refusal(v.refused)
	}
	return v.errs
}

// stopped is what the validation panics with to stop early, because gqlparser's walk has no other end.
type stopped struct{}

// untilStopped calls a part of the validation, which may stop early.
func (v *validation) untilStopped(check func()) {
	defer func() {
		if fault := recover(); fault != nil && fault != any(stopped{}) {
			panic(fault)
		}
	}()
	check()
}

// step counts steps, and stops the validation that takes too many or whose context has ended.
func (v *validation) step(steps int) {
	const checkInterval = 1 << 9 // steps between two checks of the context
	before := v.steps / checkInterval
	v.steps += steps
	switch {
	case v.steps > v.maxSteps:
		v.refused = limitf(nil, "it takes more than %d steps to validate the document, since its operations and fragments reach "+
			"the same fields many times; spread fewer fragments", v.maxSteps)
	case v.steps/checkInterval > before:
		v.refused = v.ctx.Err()
	}
	if v.refused != nil {
		panic(stopped{})
	}
}

// add makes an error of a rule. One that was made before is not made again: gqlparser's walk meets the fields of a
// fragment several times. The last error that is allowed says so and stops the validation.
func (v *validation) add(rule string, options ...core.ErrorOption) {
	fault := &gqlerror.Error{Rule: rule}
	for _, option := range options {
		option(fault)
	}
	v.step(stepsPerError)
	same := func(known *gqlerror.Error) bool {
		return known.Message == fault.Message && slices.Equal(known.Locations, fault.Locations)
	}
	if slices.ContainsFunc(v.errs, same) {
		return
	}
	errcode.Set(fault, errcode.ValidationFailed)
	v.errs = append(v.errs, fault)
	if len(v.errs) == MaxErrors {
		fault.Message += " (there may be more errors, which were not looked for)"
		panic(stopped{})
	}
}

// walk checks the document by gqlparser's rules, and counts each element that is met as a step.
func (v *validation) walk() {
	events := &core.Events{}
	events.OnField(func(*core.Walker, *ast.Field) { v.step(1) })
	events.OnInlineFragment(func(*core.Walker, *ast.InlineFragment) { v.step(1) })
	events.OnFragmentSpread(func(*core.Walker, *ast.FragmentSpread) { v.step(1) })
	events.OnDirective(func(*core.Walker, *ast.Directive) { v.step(1) })
	events.OnVariable(func(*core.Walker, *ast.VariableDefinition) { v.step(1) })
	events.OnValue(func(walker *core.Walker, value *ast.Value) {
		v.step(1)
		if value.Kind == ast.Variable && walker.CurrentOperation != nil {
			const comparisons = 64 // that take as long as a step
			v.step(len(walker.CurrentOperation.VariableDefinitions) / comparisons)
		}
	})
	for _, rule := range specified {
		rule.RuleFunc(events, func(options ...core.ErrorOption) { v.add(rule.Name, options...) })
	}
	validator.Walk(v.schema, v.document, events)
}
