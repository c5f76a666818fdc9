# Completion of decnet-graph for fish. Load it with: decnet-graph completion fish | source
function __decnet_graph
    set --local words (commandline --tokenize --cut-at-cursor)
    set --local current (commandline --current-token --cut-at-cursor)
    set --local lines ($words[1] complete -- $words[2..] "$current" 2>/dev/null)
    if test "$lines" = :files
        set --local flag (string match --regex -- '^--[^=]*=' "$current")
        for path in (__fish_complete_path (string replace -- "$flag" '' "$current"))
            printf '%s%s\n' "$flag" $path
        end
    else
        printf '%s\n' $lines
    end
end
complete --command decnet-graph --no-files --arguments '(__decnet_graph)'
