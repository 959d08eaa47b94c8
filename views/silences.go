package views

const silencesName = "silences"
