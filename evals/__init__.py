"""How good the answers are: questions with known answers are asked, measured and compared with the floors."""
