# Chapters of docs/ are replayed.
script_tests += tests/docs/check-transcripts
