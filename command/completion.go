package command

import (
	"embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// The scripts have no knowledge of commands and flags: they ask the command complete for each word.
//
//go:embed completion/decnet-graph.*
var completionScripts embed.FS

// completionCommand is the command completion with its argument.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the text of --help below the first line.
func (completionCommand) Help() string {
	return `bash: source <(decnet-graph completion bash), in ~/.bashrc. zsh: the same with zsh, in ~/.zshrc below compinit. ` +
		`fish: decnet-graph completion fish | source, in ~/.config/fish/config.fish.`
}

// Run prints the script of the shell.
func (c completionCommand) Run(streams Streams) error {
	script, err := completionScripts.ReadFile("completion/decnet-graph." + c.Shell)
	if err == nil {
		_, err = streams.Out.Write(script)
	}
	return err
}

// completeCommand is the command that the scripts run. Its arguments are the words after the program's name up to the cursor, the
// last of which, perhaps empty, is to be completed.
type completeCommand struct {
	Words []string `arg:"" optional:"" help:"The words after the program's name."`
}

// filesLine tells a script to complete the name of a file.
const filesLine = ":files"

// Run prints one line for each candidate: the word, a tab and what it means.
func (c completeCommand) Run(context *kong.Context, streams Streams) error {
	for _, line := range complete(context.Model.Node, c.Words) {
		if _, err := fmt.Fprintln(streams.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// complete returns the lines that complete the last of the words, in the order of the help.
func complete(root *kong.Node, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	at := position{node: root}
	for _, word := range before {
		at.pass(word)
	}
	if last == "=" { // bash splits words there
		last = ""
	}
	flag, value, assigned := strings.Cut(last, "=")
	switch {
	case at.value != nil:
		return valueLines(at.value.Value, "", last)
	case strings.HasPrefix(last, "--") && assigned && !at.onlyArguments:
		if named := at.flag(flag); named != nil {
			return valueLines(named.Value, flag+"=", value)
		}
		return nil
	case strings.HasPrefix(last, "-") && !at.onlyArguments:
		return at.flagLines(last)
	case at.arguments < len(at.node.Positional):
		return valueLines(at.node.Positional[at.arguments], "", last)
	}
	return commandLines(at.node, last)
}

// A position is a place between two words of a command line.
type position struct {
	node          *kong.Node
	value         *kong.Flag // whose value the next word is, if any
	arguments     int        // number of arguments of the node before this place
	onlyArguments bool       // after the word "--"
}

// pass moves the position behind a word.
func (p *position) pass(word string) {
	switch {
	case p.value != nil:
		if word != "=" {
			p.value = nil
		}
	case p.onlyArguments:
		p.arguments++
	case word == "--":
		p.onlyArguments = true
	case strings.HasPrefix(word, "-"):
		if flag := p.flag(word); flag != nil && !flag.IsBool() && !flag.IsCounter() {
			p.value = flag
		}
	default:
		p.enter(word)
	}
}

// enter moves into the command of this name; any other word is an argument.
func (p *position) enter(word string) {
	for _, child := range p.node.Children {
		if child.Name == word {
			p.node, p.arguments = child, 0
			return
		}
	}
	if p.arguments >= len(p.node.Positional) || !p.node.Positional[p.arguments].IsCumulative() {
		p.arguments++
	}
}

// flag is the flag of this name, with its dashes, or nil.
func (p *position) flag(name string) *kong.Flag {
	for _, flag := range visibleFlags(p.node) {
		if "--"+flag.Name == name {
			return flag
		}
	}
	return nil
}

func (p *position) flagLines(prefix string) (lines []string) {
	for _, flag := range visibleFlags(p.node) {
		if name := "--" + flag.Name; strings.HasPrefix(name, prefix) {
			lines = append(lines, candidate(name, flag.Help))
		}
	}
	return lines
}

// visibleFlags returns the flags that may be given after a command, without hidden ones: its own first.
func visibleFlags(node *kong.Node) (flags []*kong.Flag) {
	for at := node; at != nil; at = at.Parent {
		for _, flag := range at.Flags {
			if !flag.Hidden {
				flags = append(flags, flag)
			}
		}
	}
	return flags
}

func commandLines(node *kong.Node, prefix string) (lines []string) {
	for _, child := range node.Children {
		if !child.Hidden && strings.HasPrefix(child.Name, prefix) {
			lines = append(lines, candidate(child.Name, child.Help))
		}
	}
	return lines
}

// fileValue matches the placeholders of values that are names of files.
var fileValue = regexp.MustCompile(`FILE|DIR|DSN`)

// valueLines completes the value of a flag or an argument: one of its values, or the name of a file. lead stands before the value in
// the same word.
func valueLines(value *kong.Value, lead, prefix string) (lines []string) {
	if value.Enum != "" {
		for _, option := range value.EnumSlice() {
			if strings.HasPrefix(option, prefix) {
				lines = append(lines, candidate(lead+option, value.Help))
			}
		}
		return lines
	}
	placeholder := strings.ToUpper(value.Name)
	if value.Flag != nil {
		placeholder = value.Flag.PlaceHolder
	}
	if fileValue.MatchString(placeholder) || value.Tag.Type != "" {
		return []string{filesLine}
	}
	return nil
}

// candidate is a line for the scripts: a word and the first sentence of its help.
func candidate(word, help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	return word + "\t" + strings.TrimSuffix(sentence, ".")
}
