"""Jobs: files that programs hand in, read into the store beside the answering of questions, once each, whatever ends meanwhile."""
