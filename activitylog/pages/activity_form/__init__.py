"""The form that logs or edits an activity together with its pushes and media reports."""
